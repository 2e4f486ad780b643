/*
 * What is due when, on the case's own clock. Things of the same instant come in the order they were
 * noted, so that a case gives the same story every time.
 */
export interface Due<Thing> {
  atMs: number;
  order: number;
  thing: Thing;
}

export class Agenda<Thing> {
  #heap: Due<Thing>[] = [];
  #noted = 0;

  note(atMs: number, thing: Thing): void {
    this.#noted += 1;
    this.#heap.push({ atMs, order: this.#noted, thing });
    this.#rise(this.#heap.length - 1);
  }

  take(): Due<Thing> | null {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return null;
    if (this.#heap.length > 0 && first !== last) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    return first;
  }

  drop(matches: (thing: Thing) => boolean): void {
    const kept = this.#heap.filter((due) => !matches(due.thing));
    if (kept.length === this.#heap.length) return;
    // A sorted list is a heap.
    this.#heap = kept.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
  }

  /** What matches is due now, if it is not earlier. */
  hurry(nowMs: number, matches: (thing: Thing) => boolean): void {
    for (const due of this.#heap) if (due.atMs > nowMs && matches(due.thing)) due.atMs = nowMs;
    // A sorted list is a heap.
    this.#heap.sort((a, b) => a.atMs - b.atMs || a.order - b.order);
  }

  #rise(start: number): void {
    for (let at = start; at > 0; ) {
      const above = (at - 1) >> 1;
      if (!this.#before(at, above)) return;
      this.#swap(at, above);
      at = above;
    }
  }

  #sink(start: number): void {
    for (let at = start; ; ) {
      const left = at * 2 + 1;
      const right = left + 1;
      let least = at;
      if (left < this.#heap.length && this.#before(left, least)) least = left;
      if (right < this.#heap.length && this.#before(right, least)) least = right;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #before(a: number, b: number): boolean {
    const one = this.#heap[a];
    const other = this.#heap[b];
    if (one === undefined || other === undefined) return false;
    return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
  }

  #swap(a: number, b: number): void {
    const one = this.#heap[a];
    const other = this.#heap[b];
    if (one === undefined || other === undefined) return;
    this.#heap[a] = other;
    this.#heap[b] = one;
  }
}
