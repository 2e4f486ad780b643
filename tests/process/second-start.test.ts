import { expect, it } from 'vitest';
import { admitPeople } from '../../api/process/demo/admit-people.ts';
import type { Started } from '../../api/process/started.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { useDatabase } from '../support/database.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

it('a start after one of the shown people was deactivated lets them stay out, and starts', async () => {
  const database = await useDatabase();
  const identity = openIdentity({ database: database.app, tenant: defaultTenant, mint: mintId });
  const started = {
    riposte: { identity },
    config: { dataDir: await temporaryFolder() },
    publicUrl: 'http://riposte.example',
  } as Started;
  await admitPeople(started);
  const bo = await identity.findByEmail('bo@riposte.example');
  if (bo === null) throw new Error('Bo is missing');
  const door = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
  await identity.changePerson(door, bo.id, { active: false });
  await admitPeople(started);
  expect(await identity.findByEmail('bo@riposte.example')).toMatchObject({ id: bo.id, active: false });
  const { rows } = await database.app.query('select 1 from tokens where person_id = $1', [bo.id]);
  expect(rows).toHaveLength(1);
});
