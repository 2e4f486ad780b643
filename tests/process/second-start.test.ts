import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { bindUseCases } from '../../api/process/bind-use-cases.ts';
import { admitPeople } from '../../api/process/demo/admit-people.ts';
import { publishShipped, publishShippedCases } from '../../api/process/demo/publish-shipped.ts';
import { systemCaller } from '../../api/process/demo/run-demo.ts';
import type { Started } from '../../api/process/started.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { openMatching } from '../match/open-matching.ts';
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

it('the first person of the demo answers for its groups, and is told nothing about an account that the start made', async () => {
  const database = await useDatabase();
  const identity = openIdentity({ database: database.app, tenant: defaultTenant, mint: mintId });
  const started = {
    riposte: { identity },
    config: { dataDir: await temporaryFolder() },
    publicUrl: 'http://riposte.example',
  } as Started;
  await admitPeople(started);
  const { rows } = await database.app.query(
    `select groups, (select count(*)::int from account_events e where e.person_id = p.id and e.kind <> 'link.created') as told
     from people p where 'admin' = any(roles)`,
  );
  expect(rows).toEqual([{ groups: ['soc-tier2', 'soc-identity', 'soc-mail'], told: 0 }]);
});

it('a start keeps the version that somebody has published of a shipped playbook', async () => {
  const { engine, database, publish } = await openMatching();
  const none = undefined as never;
  const useCases = bindUseCases(engine, manifestsOf(createRegistry()), none, none);
  const started = {
    riposte: { useCases, database: database.app },
    config: { requireCases: null },
  } as Started;
  const start = () => publishShipped(started, systemCaller());
  expect(await start()).toEqual([]);
  const file = join(import.meta.dirname, '../../playbooks/ransomware/isolate-host.yaml');
  const text = readFileSync(file, 'utf8');
  await publish(text.replace(/^version: .*$/m, 'version: 99.0.0').replace(/^title: .*$/m, 'title: Ours'));
  expect(await start()).toEqual(['ransomware-isolate-host']);
  const { rows } = await database.app.query(
    `select v.title, v.version from playbooks p join playbook_versions v on v.playbook_id = p.id and v.version = p.current_version
     where v.title = 'Ours' or v.version > 1`,
  );
  expect(rows).toEqual([{ title: 'Ours', version: 2 }]);
});

it('a start keeps the cases of shipped playbooks once they are shown, all of which pass, and the next finds them', async () => {
  const { engine, database } = await openMatching();
  const none = undefined as never;
  const log = { warn: (fields: object) => refused.push(fields) };
  const refused: object[] = [];
  const useCases = bindUseCases(engine, manifestsOf(createRegistry()), none, none);
  const started = {
    riposte: { useCases, database: database.app, log },
    config: { requireCases: null },
  } as unknown as Started;
  await publishShipped(started, systemCaller());
  const kept = async () =>
    (
      await database.app.query<{ id: string; failed: number; passed: number }>(
        `select playbook_id as id, (result->'counts'->>'failed')::int as failed, (result->'counts'->>'passed')::int as passed
         from playbook_cases`,
      )
    ).rows;
  expect(await kept()).toEqual([]);
  await publishShippedCases(started, systemCaller());
  const first = await kept();
  expect(refused).toEqual([]);
  const { rows } = await database.app.query('select id from playbooks');
  expect(first).toHaveLength(rows.length);
  expect(first.filter(({ failed, passed }) => failed > 0 || passed === 0)).toEqual([]);
  await publishShippedCases(started, systemCaller());
  expect(await kept()).toEqual(first);
}, 120_000);
