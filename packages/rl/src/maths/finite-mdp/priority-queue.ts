/** States by priority, the highest first: a binary heap whose arrays are plain data, so that a checkpoint holds it as it is. */
export interface PriorityQueue {
  /** Priority of each state; 0 where it is not waiting  [S] */
  readonly priority: Float64Array;
  /** The states waiting, parents before children  [S] */
  readonly heap: Int32Array;
  /** Where each state stands in `heap`, −1 if it does not wait  [S] */
  readonly place: Int32Array;
  size: number;
}

/** A queue of up to `numStates` states, empty at first. */
export function priorityQueue(numStates: number): PriorityQueue {
  return {
    priority: new Float64Array(numStates),
    heap: new Int32Array(numStates),
    place: new Int32Array(numStates).fill(-1),
    size: 0,
  };
}

/** Adds to the priority of a state, which waits from then on. */
export function raise(queue: PriorityQueue, state: number, amount: number): void {
  const { priority, heap, place } = queue;
  priority[state] += amount;
  let at = place[state];
  if (at === -1) at = queue.size++;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (priority[heap[parent]] >= priority[state]) break;
    heap[at] = heap[parent];
    place[heap[at]] = at;
    at = parent;
  }
  heap[at] = state;
  place[state] = at;
}

/** Takes out the state of the highest priority; the queue must not be empty. */
export function takeFirst(queue: PriorityQueue): number {
  const { priority, heap, place } = queue;
  const first = heap[0];
  priority[first] = 0;
  place[first] = -1;
  queue.size -= 1;
  if (queue.size === 0) return first;
  const moved = heap[queue.size];
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= queue.size) break;
    if (child + 1 < queue.size && priority[heap[child + 1]] > priority[heap[child]]) child += 1;
    if (priority[heap[child]] <= priority[moved]) break;
    heap[at] = heap[child];
    place[heap[at]] = at;
    at = child;
  }
  heap[at] = moved;
  place[moved] = at;
  return first;
}

/** The highest priority, 0 if nothing waits. */
export function topPriority({ priority, heap, size }: PriorityQueue): number {
  return size === 0 ? 0 : priority[heap[0]];
}
