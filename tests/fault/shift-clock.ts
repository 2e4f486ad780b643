/*
 * Preloaded with `--import file:///…/shift-clock.ts?ms=60000`: the process then lives so many milliseconds
 * in the future, as a machine without time service does. Timers and `performance.now` go on as before.
 */

const shiftMs = Number(new URL(import.meta.url).searchParams.get('ms'));
const RealDate = Date;

class ShiftedDate extends RealDate {
  constructor(...given: unknown[]) {
    if (given.length === 0) super(RealDate.now() + shiftMs);
    else super(...(given as [number]));
  }

  static override now(): number {
    return RealDate.now() + shiftMs;
  }
}

globalThis.Date = ShiftedDate as DateConstructor;
