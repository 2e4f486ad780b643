import { expect, it } from 'vitest';
import type { Started } from '../../api/process/started.ts';
import { wayIn } from '../../api/process/way-in.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { useDatabase } from '../support/database.ts';
import { freePort, riposteProcess as riposte } from '../support/riposte-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/* An installation of one's own begins with `riposte serve` and nobody in it: without a link nobody ever gets in. */

async function starting(roles: readonly string[] = ['api', 'engine']) {
  const database = await useDatabase();
  const identity = openIdentity({ database: database.app, tenant: defaultTenant, mint: mintId });
  const config = { roles };
  const started = {
    riposte: { identity },
    config,
    publicUrl: 'https://soar.example/r',
  } as unknown as Started;
  return { identity, started };
}

const secretOf = (link: string | null) => link?.split('/sign-in/')[1] ?? '';

it('`riposte serve` on an empty database shows the link that lets the first person in', async () => {
  const port = await freePort();
  const env = { RIPOSTE_DATA: await temporaryFolder(), RIPOSTE_PORT: String(port) };
  const served = riposte('api/cli/riposte.ts', ['serve'], env);
  await served.said(`http://127.0.0.1:${port}/sign-in/`);
  served.child.kill('SIGINT');
  const { code, stderr } = await served.ended;
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /^riposte is listening on .+\nThe administrator can sign in once within 15 minutes: http\S+\n$/,
  );
});

it('shows it to a log until an administrator came in, and to a terminal at every start', async () => {
  const { identity, started } = await starting();
  const first = await wayIn(started, false);
  expect(first).toMatch(/^https:\/\/soar\.example\/r\/sign-in\/.{20,}$/);
  // Nobody used it: it is over after 15 minutes, and the next start has to help again.
  const second = await wayIn(started, false);
  expect(await identity.consumeSignInLink(secretOf(second))).toMatchObject({ ok: true });
  expect(await wayIn(started, false)).toBeNull();
  expect(await identity.consumeSignInLink(secretOf(await wayIn(started, true)))).toMatchObject({ ok: true });
  expect((await identity.listPeople({}, { limit: 50 })).items).toHaveLength(1);
});

it('does not count those who cannot let others in, and says nothing where no pages are served', async () => {
  const { identity, started } = await starting();
  const door = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
  const made = await identity.createPerson(door, {
    name: 'Kim',
    email: null,
    roles: ['operator'],
    groups: [],
  });
  if (!made.ok) throw new Error(made.detail);
  const link = await identity.createSignInLink(door, made.person.id);
  if (!link.ok) throw new Error(link.detail);
  await identity.consumeSignInLink(link.secret);
  expect(await wayIn(started, false)).not.toBeNull();

  const worker = await starting(['engine', 'worker']);
  expect(await wayIn(worker.started, true)).toBeNull();
  expect((await worker.identity.listPeople({}, { limit: 50 })).items).toEqual([]);
});
