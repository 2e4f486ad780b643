import { validate, version } from 'uuid';
import { afterEach, expect, it, vi } from 'vitest';
import { mintId } from '../../schemas/ids.ts';

afterEach(() => {
  vi.useRealTimers();
});

const minted = (count: number) => Array.from({ length: count }, () => mintId('RunId'));
const uuidOf = (id: string) => id.slice(4).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

it('mints a UUID of version 7 behind the prefix of its kind', () => {
  for (const id of minted(1_000)) {
    expect(id).toMatch(/^run_[0-9a-f]{32}$/);
    expect(validate(uuidOf(id)) && version(uuidOf(id))).toBe(7);
  }
});

it('mints in order, also more in a millisecond than it has seen, and never the same twice', () => {
  const ids = minted(200_000);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids.every((id, place) => place === 0 || id > (ids[place - 1] as string))).toBe(true);
});

it('stays in order when the clock is set back', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.now() + 60_000);
  const before = mintId('RunId');
  vi.setSystemTime(Date.now() - 3_600_000);
  const ids = [before, ...minted(2)];
  expect(ids.toSorted()).toEqual(ids);
});

it('carries the time of the clock in its first 48 bits', () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  // Later than whatever the tests above have seen.
  const ms = Date.now() + 7_200_000;
  vi.setSystemTime(ms);
  expect(Number.parseInt(mintId('RunId').slice(4, 16), 16)).toBe(ms);
});
