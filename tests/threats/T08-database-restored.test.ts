import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { readHealth } from '../../engine/runtime/read/read-health.ts';
import { numbered, origin, record, sequencerOf, until } from '../audit/open-log.ts';
import { hostAlert, lookStep, madePlaybook, tellStep, ws0244 } from '../corridor/questions.ts';
import { openCorridor } from '../support/corridor.ts';
import { noRight, refused } from '../support/refused.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/*
 * T8: the database is restored to an earlier day. What stands outside knows better: nothing is sealed or
 * signed, and what contains is held in every process.
 */

const plainIsolation = `  - id: isolate
    action: edr.isolate-host
    with: { host_id: "\${{ inputs.host_id }}" }
`;

const tables = ['audit_log', 'audit_tile', 'audit_checkpoint', 'audit_log_meta', 'audit_anchor'];

it('a database that was restored to an earlier day signs nothing, and containment is held', async () => {
  const corridor = await openCorridor({ playbooks: ['ransomware/isolate-host'] });
  const { database } = corridor;
  const root = await temporaryFolder();
  const places = [anchorDirectory(root)];
  const limits = { checkpointMs: 0, pollMs: 10, carryMs: 10 };
  const folder = join(root, encodeURIComponent(origin));
  const kept = () => (existsSync(folder) ? readdirSync(folder).sort() : []);

  await record(database, numbered(5));
  const before = sequencerOf(database.sequencer, { places, limits });
  await before.start();
  await until(() => kept().length > 0, 'the first head is anchored');
  await before.stop();
  for (const table of tables) await database.owner.query(`create table saved_${table} as table ${table}`);

  await record(database, numbered(5, 5));
  const day = sequencerOf(database.sequencer, { places, limits });
  await day.start();
  await day.stop();
  expect(kept().at(-1)).toBe('0000000000000012.checkpoint');
  expect([...before.errors, ...day.errors]).toEqual([]);

  // The restore: yesterday's rows in the log's own tables.
  for (const table of tables) {
    await database.owner.query(`alter table ${table} disable trigger user`);
    await database.owner.query(`delete from ${table}`);
    await database.owner.query(`insert into ${table} select * from saved_${table}`);
    await database.owner.query(`alter table ${table} enable trigger user`);
  }

  await record(database, numbered(3, 20));
  const restored = sequencerOf(database.sequencer, { places, limits });
  await restored.start();
  expect(restored.status()).toMatchObject({ state: 'halted', alarm: { code: 'audit/fork' } });
  expect(restored.errors).toMatchObject([{ message: expect.stringContaining('only 7') }]);
  const { rows } = await database.owner.query('select max(size) as size from audit_checkpoint');
  expect(rows).toEqual([{ size: 7 }]);
  expect(kept().at(-1)).toBe('0000000000000012.checkpoint');

  // Nobody is asked here: what holds it is the last gate before anything goes out.
  const gate = madePlaybook('doubted', `${lookStep}${tellStep}${plainIsolation}`);
  await corridor.publish(gate);
  const messages = corridor.lab.estate.messages().length;
  await corridor.sendBody(hostAlert('doubted', 'doubted-1', ws0244));
  await until(() => corridor.lab.estate.messages().length === messages + 1, 'notices go out');
  await corridor.rest();
  const run = (await corridor.runs()).find((each) => each.playbook_id === 'doubted');
  expect(run?.state).toBe('waiting');
  expect(corridor.lab.estate.effect('network-isolated', `host:${ws0244}`).orders).toBe(0);
  const story = await corridor.story();
  expect(story.filter((entry) => entry.type === 'action.held')).toMatchObject([{ code: 'audit/fork' }]);
  expect(story.filter((entry) => entry.type === 'log.contradicted')).toMatchObject([{ code: 'audit/fork' }]);

  // Neither a second start nor the application's own password changes that.
  const again = sequencerOf(database.sequencer, { places, limits });
  await again.start();
  expect(again.status()).toMatchObject({ state: 'halted' });
  const freeing = database.app.query("update stops set active = false where scope = 'audit'");
  expect(await refused(freeing)).toBe(noRight);
  expect(await readHealth(database.app)).toMatchObject({ logInDoubt: true });
  await corridor.close();
}, 60_000);
