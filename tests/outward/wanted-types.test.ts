import { expect, it } from 'vitest';
import { wants } from '../../engine/core/outward/stream-event.ts';

it('a stream is told what it asked for, and that somebody decided alone whatever it asked for', () => {
  expect(wants([], 'run.started')).toBe(true);
  expect(wants(['run.*'], 'run.started')).toBe(true);
  expect(wants(['run.*'], 'approval.granted')).toBe(false);
  for (const wanted of [[], ['run.*'], ['approval.granted']]) {
    expect(wants(wanted, 'approval.break-glass')).toBe(true);
  }
  expect(wants(['run.*'], 'approval.break-glass-reviewed')).toBe(false);
});
