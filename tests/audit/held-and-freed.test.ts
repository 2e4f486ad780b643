import { afterAll, beforeAll, expect, it } from 'vitest';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { readDoubt } from '../../engine/runtime/store/queries/audit-orders.ts';
import { hostAlert, lookStep, madePlaybook, tellStep, ws0117, ws0244 } from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tenant } from './draft-entry.ts';
import { fork } from './fork-log.ts';
import { keysOf, sequencerOf, testSigner, until } from './open-log.ts';
import { orderer } from './order.ts';

/* What the log holds goes on by itself once there is a log to believe; nobody sends it again. */

const isolation = `  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}" }
`;

let corridor: Corridor;
let root: string;
const keys = keysOf(testSigner);
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  root = await temporaryFolder();
  await corridor.publish(madePlaybook('doubted', `${lookStep}${tellStep}${isolation}`));
});
afterAll(() => corridor.close());

const sequencer = () =>
  sequencerOf(corridor.database.sequencer, {
    keys,
    places: [anchorDirectory(root)],
    limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20, carryMs: 10, takeoverMs: 50 },
  });
const orders = (host: string) => corridor.lab.estate.effect('network-isolated', `host:${host}`).orders;

async function codesOfHeld(): Promise<(string | undefined)[]> {
  const { rows } = await corridor.database.owner.query<{ entry: string }>(
    `select convert_from(entry, 'UTF8') as entry from audit_pending
     union all select convert_from(entry, 'UTF8') from audit_log where type = 'action.held'`,
  );
  return rows
    .map((row) => JSON.parse(row.entry))
    .filter((entry) => entry.type === 'action.held')
    .sort((a, b) => (a.time < b.time ? -1 : 1))
    .map((entry) => entry.code);
}

async function waits(alert: string, host: string): Promise<void> {
  const before = (await codesOfHeld()).length;
  await corridor.sendBody(hostAlert('doubted', alert, host));
  await until(async () => (await codesOfHeld()).length > before, 'the action is held');
  expect(orders(host)).toBe(0);
}

it('a held step goes out after two people have begun a new log', async () => {
  await fork(corridor.database, root);
  const leading = sequencer();
  await leading.start();
  expect(leading.status().state).toBe('halted');
  await waits('doubted-1', ws0244);
  expect((await codesOfHeld()).at(-1)).toBe('audit/fork');
  await until(async () => (await readDoubt(corridor.database.app, tenant)) !== null, 'it is said why');
  const [ada, bo] = [await orderer(corridor.database, 'ada'), await orderer(corridor.database, 'bo')];
  const proposed = await ada.propose({ kind: 'incarnation', oldKey: 'good' }, 'the backup is all there is');
  if (!proposed.ok) throw new Error(proposed.detail);
  expect(orders(ws0244)).toBe(0);
  expect(await bo.confirm(proposed.digest)).toMatchObject({ ok: true });
  await until(() => orders(ws0244) === 1, 'it is isolated');
  await leading.stop();
});

it('a database that started anew contains nothing until the log was compared, whoever starts first', async () => {
  // As after each start of the server, and in a copy of the data: it runs somewhere else.
  await corridor.database.owner.query(
    `create or replace function audit_place() returns text language sql stable as $$ select 'elsewhere' $$`,
  );
  await waits('doubted-2', ws0117);
  expect((await codesOfHeld()).at(-1)).toBe('audit/not-compared');
  const blind = sequencerOf(corridor.database.sequencer, { keys, limits: { pollMs: 10 } });
  await blind.start();
  expect(blind.status().state).toBe('leading');
  await waits('doubted-3', ws0117);
  await blind.stop();
  const seeing = sequencer();
  await seeing.start();
  await until(() => orders(ws0117) >= 1, 'it is isolated');

  // The one that leads notices by itself that the database started under it.
  await corridor.database.owner.query(
    `create or replace function audit_place() returns text language sql stable as $$ select 'back again' $$`,
  );
  await until(async () => {
    const { rows } = await corridor.database.owner.query<{ place: string }>(
      'select place from audit_compared',
    );
    return rows[0]?.place === 'back again';
  }, 'it is compared again');
  await seeing.stop();
  expect([...blind.errors, ...seeing.errors]).toEqual([]);
});
