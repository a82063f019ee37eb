/**
 * A list that stays short however much is added: beyond its capacity every second item goes, and from then on only every second, fourth, eighth …
 * is kept. The first and the latest are always there.
 */
export class ThinnedList<Item> {
  /** In the order added; changed in place. */
  readonly items: Item[] = [];
  readonly #capacity: number;
  #stride = 1;
  #added = 0;

  /** @param capacity an even number */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Items of which one is kept. */
  get stride(): number {
    return this.#stride;
  }

  add(item: Item): void {
    const { items } = this;
    // The item before was there as the latest; it stays if its turn had come.
    if (this.#added > 0 && (this.#added - 1) % this.#stride !== 0) items.pop();
    items.push(item);
    this.#added += 1;
    if (items.length <= this.#capacity || (this.#added - 1) % this.#stride !== 0) return;
    for (let i = 0; 2 * i < items.length; i++) items[i] = items[2 * i];
    items.length = Math.ceil(items.length / 2);
    this.#stride *= 2;
  }

  /** Lets everything go. */
  clear(): void {
    this.items.length = 0;
    this.#stride = 1;
    this.#added = 0;
  }
}
