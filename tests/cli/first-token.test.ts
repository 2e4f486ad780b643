import { expect, test } from 'vitest';
import { startConsole } from '../console/start-console.ts';
import { riposte } from './start-cli.ts';

/* Whoever has been let in by a link and has no token yet gets one on the command line. */

const site = await startConsole();

test('a sign-in link makes the first token, once, with no more rights than the person has', async () => {
  const env = { RIPOSTE_URL: site.url };
  const { secret } = await site.link('Una', ['admin']);
  const create = (...more: string[]) =>
    riposte(['token', 'create', 'laptop', '--role', 'admin', '--sign-in', ...more], env);
  const made = await create(`https://soar.example/sign-in/${secret}`);
  expect(made).toMatchObject({ code: 0 });
  expect(made.stdout).toMatch(/^rip_[\w-]{43}\n$/);
  const people = await riposte(['people', 'list', '--json'], { ...env, RIPOSTE_TOKEN: made.stdout.trim() });
  expect(JSON.parse(people.stdout).items).toMatchObject([{ name: 'Una', roles: ['admin'] }]);
  expect(await create(secret)).toMatchObject({ code: 3, stdout: '' });
  expect(await create('not a link')).toMatchObject({ code: 2, stdout: '' });

  const vic = await site.link('Vic', ['viewer']);
  expect(await create(vic.secret)).toMatchObject({ code: 3, stdout: '' });
});
