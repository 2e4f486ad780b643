import { expect, it } from 'vitest';
import type { Started } from '../../api/process/started.ts';
import { signInLine } from '../../api/process/way-in.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { useDatabase } from '../support/database.ts';
import { freePort, riposteProcess } from '../support/riposte-process.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/* How the first person gets into a server that nobody has been in. */

it('a new server shows a way in, and nobody who reads its log later gets in by one', async () => {
  const database = await useDatabase();
  const port = String(await freePort());
  const env = { DATABASE_URL: database.url, RIPOSTE_PORT: port, RIPOSTE_DATA: await temporaryFolder() };
  const served = riposteProcess('api/process/start.ts', ['--server'], env);
  await served.said('/sign-in/');
  const identity = openIdentity({ database: database.app, tenant: defaultTenant, mint: mintId });
  const { items } = await identity.listPeople({}, { limit: 50 });
  expect(items).toMatchObject([{ name: 'Administrator', roles: ['admin'], active: true }]);
  served.child.kill('SIGTERM');
  const [secret = ''] = /(?<=\/sign-in\/)\S+/.exec((await served.ended).stderr) ?? [];

  const started = { riposte: { identity }, publicUrl: 'http://riposte.example' } as Started;
  expect(await signInLine(started, false)).toContain('http://riposte.example/sign-in/');
  expect(await identity.consumeSignInLink(secret)).toMatchObject({ ok: true, personId: items[0]?.id });
  expect(await signInLine(started, false)).toBeNull();
  expect(await signInLine(started, true)).toContain('http://riposte.example/sign-in/');
});
