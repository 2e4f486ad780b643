import { copyFile, readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { openSigningKeys } from '../../engine/runtime/audit/signing-key.ts';
import { readHold, readNewestLog } from '../../engine/runtime/store/queries/audit-orders.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { useDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { tenant } from './draft-entry.ts';
import { numbered, record, sequencerOf, until } from './open-log.ts';
import { orderer } from './order.ts';

/* Two hosts; the key of the log was changed on one of them and has yet to be copied to the other. */

const limits = { checkpointMs: 0, pollMs: 10, idlePollMs: 20, takeoverMs: 50 };

it('a host without the key says which file is missing, loses nothing, and goes on when it is there', async () => {
  const database = await useDatabase();
  const [here, there] = [join(await temporaryFolder(), 'key'), join(await temporaryFolder(), 'key')];
  const open = (path: string) => sequencerOf(database.sequencer, { keys: openSigningKeys(path), limits });
  await record(database, numbered(3));
  const first = open(here);
  await first.start();
  await copyFile(here, there);
  const [ada, bo] = [await orderer(database, 'ada'), await orderer(database, 'bo')];
  const proposed = await ada.propose({ kind: 'key' }, 'routine');
  if (!proposed.ok) throw new Error(proposed.detail);
  await bo.confirm(proposed.digest);
  await until(
    async () =>
      (await database.owner.query('select 1 from audit_orders where state = $1', ['done'])).rowCount === 1,
    'the key is changed',
  );
  await first.stop();

  await record(database, numbered(2, 10));
  const size = (await readNewestLog(database.app, tenant))?.size;
  const lacking = open(there);
  await lacking.start();
  const made = (await readdir(dirname(here))).find((name) => name !== basename(here)) ?? '';
  expect(lacking.status()).toMatchObject({
    state: 'halted',
    alarm: { code: 'audit/key-missing', message: expect.stringContaining(`.${made.split('.').at(-1)}`) },
  });
  // Nothing is sealed, nothing is held, nothing is made: it is this host's matter alone.
  expect((await readNewestLog(database.app, tenant))?.size).toBe(size);
  expect(await readHold(database.app, tenant)).toBeNull();
  expect(await readdir(dirname(there))).toEqual([basename(there)]);

  await copyFile(join(dirname(here), made), join(dirname(there), made));
  await until(() => lacking.status().state !== 'halted', 'it finds the file');
  await until(
    async () => (await database.owner.query('select 1 from audit_pending')).rowCount === 0,
    'sealed',
  );
  await lacking.stop();
  expect(lacking.errors).toHaveLength(1);
  expect(await verifyAudit(database.app, tenant)).toMatchObject({ ok: true, problems: [] });
});
