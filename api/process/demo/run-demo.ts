import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultTenant } from '../../../schemas/ids.ts';
import type { Json } from '../../../schemas/json.ts';
import type { Caller } from '../../http/use-cases.ts';
import type { Started } from '../started.ts';
import { admitPeople, type DemoPeople } from './admit-people.ts';
import { moveSample } from './move-sample.ts';
import { createNarrator } from './narrate.ts';
import { printSummary } from './print-summary.ts';
import { publishShipped } from './publish-shipped.ts';

/*
 * What `npm start` shows: the shipped playbooks are published, the sample alerts arrive one by one,
 * and the terminal tells from the audit log what happens. Everything goes through the same use cases
 * as the API; nothing here is a short cut.
 */

const samples = join(import.meta.dirname, '../../../examples/alerts');

export async function runDemo(started: Started, options: { once: boolean }): Promise<void> {
  const out = process.stdout;
  const people = await admitPeople(started);
  const narrator = createNarrator(started, out);
  narrator.head(people);
  const kept = await publishShipped(started, systemCaller());
  await narrator.begin();
  const sent = await sendSamples(started, options.once ? 0 : 350);
  await rest(started);
  await narrator.caughtUp();
  narrator.note(kept.length === 0 ? '' : `Somebody has published their own, which stay: ${kept.join(', ')}`);
  narrator.note(
    sent.fresh === 0 ? 'The sample alerts are known from an earlier start; nothing was done twice.' : '',
  );
  await printSummary(started, out, people, options.once);
  if (options.once) await narrator.end();
}

export function systemCaller(people?: DemoPeople): Caller {
  return {
    tenant: defaultTenant,
    kind: 'service',
    id: people === undefined ? 'start' : 'demo',
    name: 'npm start',
    roles: [],
    groups: [],
    personId: null,
    channel: 'cli',
    requestId: 'npm-start',
  };
}

async function sendSamples(started: Started, pauseMs: number): Promise<{ fresh: number }> {
  let fresh = 0;
  const files = (await readdir(samples)).filter((name) => name.endsWith('.json')).sort();
  const beganMs = await firstStart(started);
  for (const [index, file] of files.entries()) {
    const sample = JSON.parse(await readFile(join(samples, file), 'utf8')) as Json;
    const body = moveSample(sample, beganMs + (index - 2 * files.length) * 1_000);
    const accepted = await started.riposte.useCases.acceptAlert(systemCaller(), { source: 'defender', body });
    if (!accepted.ok) throw new Error(`examples/alerts/${file}: ${accepted.detail}`);
    if (!accepted.duplicate) fresh += 1;
    // A reader can follow three alerts a second; `--once` has no reader.
    if (pauseMs > 0 && !accepted.duplicate) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return { fresh };
}

/** The same at every start: an alert with other times would be another message about it. */
async function firstStart(started: Started): Promise<number> {
  const { rows } = await started.riposte.database.query<{ began: Date }>(
    'select min(created_at) as began from people where tenant_id = $1',
    [defaultTenant],
  );
  const [row] = rows;
  if (row === undefined) throw new Error('the demo begins before its people are there');
  return row.began.getTime();
}

/** Nothing moves by itself any more; what waits for a person may wait. */
async function rest(started: Started): Promise<void> {
  for (;;) {
    const { rows } = await started.riposte.database.query<{ moving: number }>(
      `select (select count(*) from runs where tenant_id = $1 and state in ('queued', 'running', 'undoing'))
         + (select count(*) from alerts where tenant_id = $1 and state = 'accepted') as moving`,
      [defaultTenant],
    );
    if (Number(rows[0]?.moving ?? 0) === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
