import { type FaultPoint, faultPoints, type Pass } from '../../engine/runtime/fault-point.ts';

/** `<point>:<n>`: the process ends itself, as `kill -9` does, at the n-th passing. Undefined arms nothing. */
export function dieAt(told: string | undefined): { pass?: Pass } {
  if (told === undefined) return {};
  const [point, passing] = told.split(':');
  if (!faultPoints.includes(point as FaultPoint)) throw new Error(`there is no point ${point}`);
  let left = Number(passing);
  return {
    pass(passed) {
      if (passed !== point) return;
      left -= 1;
      // Of itself: the signal is there before the call returns, so not one more line runs.
      if (left === 0) process.kill(process.pid, 'SIGKILL');
    },
  };
}
