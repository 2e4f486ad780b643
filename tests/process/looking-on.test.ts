import { expect, it } from 'vitest';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { useDatabase } from '../support/database.ts';
import { freePort, riposteProcess as riposte } from '../support/riposte-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

it('a stop waits for nobody who looks on, and tells them where to go on', async () => {
  const database = await useDatabase();
  const identity = openIdentity({ database: database.app, tenant: defaultTenant, mint: mintId });
  const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
  const made = await identity.createToken(system, { personId: null, name: 'screen', roles: ['viewer'] });
  if (!made.ok) throw new Error(made.detail);
  const port = await freePort();
  const served = riposte('api/cli/riposte.ts', ['serve'], {
    DATABASE_URL: database.url,
    RIPOSTE_DATA: await temporaryFolder(),
    RIPOSTE_PORT: String(port),
  });
  await served.said('riposte is listening');
  const looking = await fetch(`http://127.0.0.1:${port}/v1/stream?topics=approvals`, {
    headers: { authorization: `Bearer ${made.secret}` },
  });
  expect(looking.status).toBe(200);
  served.child.kill('SIGINT');
  // Whole: a connection that is cut fails here.
  expect(await looking.text()).toMatch(/^retry: \d+\n(id: 1-\d+\n)?\n/);
  expect((await served.ended).code).toBe(0);
});
