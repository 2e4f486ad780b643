import type { Agenda } from './agenda.ts';

/**
 * Cores that whoever can run shares evenly, as an operating system does: one piece of work is never
 * faster than one core, and n of them on c cores each run at c/n.
 */
export interface Cores {
  run(ms: number, done: () => void): void;
  /** Core milliseconds used so far. */
  usedMs(): number;
}

interface Running {
  /** Where the common progress stands when this one is done. */
  endsAt: number;
  order: number;
  done: () => void;
}

export function createCores(agenda: Agenda, count: number): Cores {
  let running: Running[] = [];
  /** How far each of them has come since the beginning: all have run equally fast all the time. */
  let progress = 0;
  let sinceMs = 0;
  let usedMs = 0;
  let planned = 0;
  let last = 0;

  function catchUp(): void {
    const passed = agenda.nowMs() - sinceMs;
    sinceMs = agenda.nowMs();
    if (running.length === 0) return;
    progress += passed * Math.min(1, count / running.length);
    usedMs += passed * Math.min(count, running.length);
  }

  function plan(): void {
    const mine = ++planned;
    if (running.length === 0) return;
    const next = Math.min(...running.map((each) => each.endsAt));
    const ms = Math.max(0, next - progress) / Math.min(1, count / running.length);
    agenda.in(ms, () => {
      // Somebody came or went meanwhile; then there is a newer plan.
      if (mine !== planned) return;
      catchUp();
      progress = Math.max(progress, next);
      const ended = running.filter((each) => each.endsAt <= next + 1e-9);
      running = running.filter((each) => each.endsAt > next + 1e-9);
      ended.sort((one, other) => one.order - other.order);
      for (const each of ended) each.done();
      plan();
    });
  }

  return {
    run(ms, done) {
      catchUp();
      running.push({ endsAt: progress + ms, order: last++, done });
      plan();
    },
    usedMs() {
      catchUp();
      return usedMs;
    },
  };
}
