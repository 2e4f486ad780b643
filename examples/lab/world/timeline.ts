/** What the estate still has to do by itself. Plain data, so that it survives a restart. */
export type LabTask =
  | { kind: 'machine-action'; id: string }
  | { kind: 'move-mail'; mailId: string; bulkId: string }
  | { kind: 'sync-directory'; userId: string }
  | { kind: 'device-order'; hostId: string; index: number };

export interface DueTask {
  dueMs: number;
  /** Order of those due at the same instant. */
  seq: number;
  task: LabTask;
}

/** A binary heap by due time. */
export interface Timeline {
  add(dueMs: number, task: LabTask): void;
  /** Takes out the earliest task that is due by then; undefined if none is. */
  takeDue(nowMs: number): DueTask | undefined;
  save(): DueTask[];
}

export function createTimeline(saved: DueTask[] = []): Timeline {
  // a sorted array is a valid heap
  const heap = saved.toSorted((a, b) => (before(a, b) ? -1 : 1));
  let seq = heap.reduce((highest, due) => Math.max(highest, due.seq), 0);

  function swap(a: number, b: number): void {
    const [left, right] = [heap[a], heap[b]];
    if (left === undefined || right === undefined) return;
    heap[a] = right;
    heap[b] = left;
  }

  function isBefore(a: number, b: number): boolean {
    const [left, right] = [heap[a], heap[b]];
    return left !== undefined && right !== undefined && before(left, right);
  }

  return {
    add(dueMs, task) {
      seq += 1;
      let at = heap.push({ dueMs, seq, task }) - 1;
      while (at > 0) {
        const parent = (at - 1) >> 1;
        if (!isBefore(at, parent)) break;
        swap(at, parent);
        at = parent;
      }
    },

    takeDue(nowMs) {
      const first = heap[0];
      if (first === undefined || first.dueMs > nowMs) return undefined;
      swap(0, heap.length - 1);
      heap.pop();
      for (let at = 0; ; ) {
        let least = at;
        if (isBefore(2 * at + 1, least)) least = 2 * at + 1;
        if (isBefore(2 * at + 2, least)) least = 2 * at + 2;
        if (least === at) return first;
        swap(at, least);
        at = least;
      }
    },

    save: () => [...heap],
  };
}

function before(a: DueTask, b: DueTask): boolean {
  return a.dueMs === b.dueMs ? a.seq < b.seq : a.dueMs < b.dueMs;
}
