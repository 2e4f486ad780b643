import { expect, it } from 'vitest';
import { watchQueries } from '../support/watch-queries.ts';
import { openMatching, ownAlert, waitingPlaybook } from './open-matching.ts';

/*
 * Every run keeps its alert. A thousand runs of an alert of a megabyte, as both are allowed, are more than the
 * gigabyte that the database takes in one message: then nothing is matched any more, whatever is tried.
 */

let largest = 0;
const watch = watchQueries((_text, values = []) => {
  const sizes = values.map((value) => (Buffer.isBuffer(value) ? value.length : 0));
  largest = Math.max(largest, ...sizes);
});

const at = await openMatching(watch);

it('runs of a large alert are created in pieces, all in the commit that matches it', async () => {
  await at.publish(waitingPlaybook('large', ''));
  await at.publish(waitingPlaybook('large-too', '').replace('== "large-too"', '== "large"'));
  const hosts = Array.from({ length: 150 }, (_, n) => ({ id: `h${n}`, name: `h${n}` }));
  const alert = {
    category: 'large',
    description: 'd'.repeat(65_000),
    targets: { hosts, files: [] as object[] },
  };
  alert.targets.files = Array.from({ length: 40 }, (_, n) => ({ name: `f${n}`, path: 'p'.repeat(4_000) }));
  const accepted = await at.accept(ownAlert('large', alert as never));
  if (!accepted.ok) throw new Error(accepted.detail);
  largest = 0;
  expect(await at.match()).toBe(1);
  expect(await at.runs('large')).toHaveLength(150);
  expect(await at.runs('large-too')).toHaveLength(150);
  expect((await at.trace(accepted.alertId)).filter(({ outcome }) => outcome === 'started')).toHaveLength(300);
  expect(largest).toBeGreaterThan(1_000_000);
  expect(largest).toBeLessThan(32_000_000);
}, 60_000);
