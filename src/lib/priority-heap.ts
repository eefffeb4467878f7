// A binary heap whose items may change their place: the first by an order that is given, in O(log n) for each change.
//
// Promises: an item is in it at most once; `first` is before or equal to all others as long as `moved` was called for each
// item whose order changed. Leaves to others: bounding the number of items.
export class PriorityHeap<T extends object> {
  readonly #isBefore: (a: T, b: T) => boolean;
  readonly #items: T[] = [];
  readonly #positions = new Map<T, number>();

  constructor(isBefore: (a: T, b: T) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#items.length;
  }

  get first(): T | undefined {
    return this.#items[0];
  }

  has(item: T): boolean {
    return this.#positions.has(item);
  }

  /** Without effect where the item is there. */
  add(item: T): void {
    if (this.#positions.has(item)) return;
    this.#items.push(item);
    this.#up(item, this.#items.length - 1);
  }

  /** Without effect where the item is not there. */
  delete(item: T): void {
    const position = this.#positions.get(item);
    if (position === undefined) return;
    this.#positions.delete(item);
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#settle(last, position);
  }

  /** The item's order changed. Without effect where it is not there. */
  moved(item: T): void {
    const position = this.#positions.get(item);
    if (position !== undefined) this.#settle(item, position);
  }

  #settle(item: T, position: number): void {
    if (!this.#up(item, position)) this.#down(item, position);
  }

  /** True where the item went up. */
  #up(item: T, from: number): boolean {
    let position = from;
    while (position > 0) {
      const above = (position - 1) >>> 1;
      const other = this.#items[above];
      if (other === undefined || !this.#isBefore(item, other)) break;
      this.#put(other, position);
      position = above;
    }
    this.#put(item, position);
    return position < from;
  }

  #down(item: T, from: number): void {
    let position = from;
    for (;;) {
      const below = this.#firstBelow(position);
      const other = this.#items[below];
      if (other === undefined || !this.#isBefore(other, item)) break;
      this.#put(other, position);
      position = below;
    }
    this.#put(item, position);
  }

  #firstBelow(position: number): number {
    const left = 2 * position + 1;
    const [a, b] = [this.#items[left], this.#items[left + 1]];
    return a !== undefined && b !== undefined && this.#isBefore(b, a) ? left + 1 : left;
  }

  #put(item: T, position: number): void {
    this.#items[position] = item;
    this.#positions.set(item, position);
  }
}
