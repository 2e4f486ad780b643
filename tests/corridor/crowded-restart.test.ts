import { afterAll, beforeAll, expect, it } from 'vitest';
import { createAdmitter } from '../../engine/runtime/admit-runs.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import type { RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { hostAlert, madePlaybook, until, ws0117 } from './questions.ts';

/* The place in a concurrency group (language reference 9.15, item 6), and what people do to runs that have none. */

const ws0301 = '5dd66f81a97934b3d4c48e70b248b27c4fa1219d';
const crowded = 'concurrency: { group: one }\n';

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

const runsOf = async (playbookId: string) =>
  (await corridor.runs()).filter((run) => run.playbook_id === playbookId);

async function send(playbookId: string, host: string): Promise<void> {
  await corridor.sendBody(hostAlert(playbookId, `${playbookId}-${host}`, host));
}

it('what another engine saw a moment ago gives no place to a run that waits again', async () => {
  const waiting = `  - id: verdict
    wait:
      for: incident.updated
      match: signal.incident.status == "resolved"
      timeout: 5d
      on_timeout: continue
`;
  await corridor.publish(madePlaybook('waiting', waiting, crowded));
  await send('waiting', ws0117);
  await corridor.rest();
  const [run] = await runsOf('waiting');
  const group = 'waiting/one';
  // It returned, got its place and gave it back for its wait between that engine's look and its word.
  const stale = new Proxy(corridor.database.app, {
    get(target, name) {
      if (name !== 'query') return Reflect.get(target, name, target);
      const query: Sql['query'] = async (text, values) =>
        text.includes(`place = 'returning' and state in`)
          ? { rows: [{ runId: run?.id, group, limit: 1 }] as never, rowCount: 1 }
          : target.query(text, values);
      return query;
    },
  }) as Database;
  const admitter = createAdmitter({ ...corridor.engine.parts, database: stale }, corridor.engine.advancer);
  await admitter.admit([{ runId: 'run_nobody' as RunId, group, limit: 1 }]);
  await send('waiting', ws0301);
  await until(async () => (await runsOf('waiting')).length === 2);
  await until(async () => (await runsOf('waiting')).every(({ state }) => state === 'waiting'));
});
