/*
 * Preloaded with `--import file:///…/shift-clock.ts?ms=60000`: the process then lives so many milliseconds
 * in the future (or, negative, in the past), as a machine without time service does. With `&on=signal` it
 * jumps there when SIGUSR2 arrives, in the middle of its work. Timers and `performance.now` go on as before.
 */

const asked = new URL(import.meta.url).searchParams;
const ms = Number(asked.get('ms'));
let shiftMs = ms;
if (asked.get('on') === 'signal') {
  shiftMs = 0;
  process.on('SIGUSR2', () => {
    shiftMs = ms;
  });
}
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
