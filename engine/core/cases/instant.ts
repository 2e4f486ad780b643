import { readDuration } from '../compile/read-duration.ts';
import { invariant } from '../contracts/invariant.ts';

/** `+1h30m` in milliseconds. The schema of cases lets nothing else through. */
export function readOffset(text: string): number {
  return durationMs(text.startsWith('+') ? text.slice(1) : text);
}

export function durationMs(text: string): number {
  const ms = readDuration(text);
  invariant(ms !== null, `"${text}" is a duration`);
  return ms;
}

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

/** Milliseconds as `+1h30m`; what is left below a second is not shown. */
export function showOffset(ms: number): string {
  let rest = Math.max(0, Math.trunc(ms));
  let text = '';
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) text += `${count}${unit}`;
  }
  return `+${text === '' ? '0s' : text}`;
}
