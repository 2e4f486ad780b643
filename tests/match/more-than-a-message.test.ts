import { expect, it } from 'vitest';
import type { AlertId } from '../../schemas/ids.ts';
import { watchQueries } from '../support/watch-queries.ts';
import { openMatching, ownAlert, waitingPlaybook } from './open-matching.ts';

/*
 * What runs are given can be large, and the database takes a gigabyte in one message: then nothing is matched any more,
 * whatever is tried. An alert of a megabyte about a thousand hosts starts a thousand runs for each playbook.
 */

let largest = 0;
const watch = watchQueries((_text, values = []) => {
  const sizes = values.map((value) => (Buffer.isBuffer(value) ? value.length : 0));
  largest = Math.max(largest, ...sizes);
});

const at = await openMatching(watch);

const hosts = Array.from({ length: 150 }, (_, n) => ({ id: `h${n}`, name: `h${n}` }));
const files = Array.from({ length: 40 }, (_, n) => ({ name: `f${n}`, path: 'p'.repeat(4_000) }));
const alertOf = (category: string) =>
  ownAlert(category, { category, description: 'd'.repeat(65_000), targets: { hosts, files } });

async function matchOne(category: string): Promise<string> {
  const accepted = await at.accept(alertOf(category));
  if (!accepted.ok) throw new Error(accepted.detail);
  largest = 0;
  expect(await at.match()).toBe(1);
  return accepted.alertId;
}

it('a large alert is sent once for all runs that it starts, in the commit that matches it', async () => {
  await at.publish(waitingPlaybook('large', ''));
  await at.publish(waitingPlaybook('large-too', '').replace('== "large-too"', '== "large"'));
  const alertId = await matchOne('large');
  expect(await at.runs('large')).toHaveLength(150);
  expect(await at.runs('large-too')).toHaveLength(150);
  expect((await at.trace(alertId as AlertId)).filter(({ outcome }) => outcome === 'started')).toHaveLength(
    300,
  );
  expect(largest).toBeGreaterThan(200_000);
  expect(largest).toBeLessThan(1_000_000);
}, 60_000);

it('runs with large inputs are created in pieces, all in the commit that matches their alert', async () => {
  const text = '  text:\n    type: string\n    from:\n      on_alert: ${{ alert.description }}\n';
  for (const id of ['inputs', 'inputs-too'])
    await at.publish(waitingPlaybook(id, text).replace(`== "${id}"`, '== "inputs"'));
  const alertId = await matchOne('inputs');
  expect((await at.trace(alertId as AlertId)).filter(({ outcome }) => outcome === 'started')).toHaveLength(
    300,
  );
  expect(largest).toBeGreaterThan(8_000_000);
  expect(largest).toBeLessThan(18_000_000);
}, 60_000);
