/**
 * Threads of the platform, for a run to share its work among: `nodeThreads` of `advantage/node` makes them. Every thread has the library and the
 * run's environment loaded by name, for functions cannot be sent to a thread; memory is shared, messages are copied.
 */
export interface Threads {
  /** How many work side by side, the one that calls included; at least 2. */
  readonly count: number;
  /**
   * Starts a thread for each slice of the environments, which then serves it (`serveSlice`), and watches over them: the end of one is
   * entered in the shared memory. Returns at once; it may be called by a thread that then waits without turning to its event loop.
   */
  startSlices(slices: readonly EnvSlice[]): void;
  /** Starts threads that work for an asynchronous algorithm: one for each element of `shared`, which its `actor` is given. */
  startActors(task: ActorTask): readonly ActorThread[];
  /** Ends all of them. */
  close(): Promise<void>;
}

/** What a thread needs to know to step its part of N environments that are stepped together. */
export interface EnvSlice {
  readonly shape: SliceShape;
  readonly memory: SharedArrayBuffer;
  /** Number of the thread among those of the memory; 0 is the one that gives the orders. */
  readonly thread: number;
  /** Its environments: `from` … `to` − 1. */
  readonly from: number;
  readonly to: number;
}

/** What the layout of the shared memory depends on. */
export interface SliceShape {
  /** Id of the environment. */
  readonly id: string;
  readonly numEnvs: number;
  readonly numThreads: number;
  readonly observationSize: number;
  readonly actionSize: number;
  readonly realActions: boolean;
}

/** Work of one thread of an asynchronous algorithm: which algorithm, on what, with what shared memory. */
export interface ActorTask {
  /** Id of the algorithm. */
  readonly algorithm: string;
  /** Id of the environment that its actors are to run. */
  readonly environmentId: string;
  readonly config: unknown;
  /** What each thread is given: plain data and shared memory. */
  readonly shared: readonly unknown[];
}

/** A thread that runs an algorithm's `actor`. */
export interface ActorThread {
  /**
   * Lets it work until the line, and gives its report.
   *
   * @throws Error with what it threw, or that it ended
   */
  runTo(line: number): Promise<unknown>;
}
