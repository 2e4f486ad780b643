import { expect, test } from 'vitest';
import { seedRouting } from './seed-routing.ts';
import { startConsole } from './start-console.ts';

const riposte = await startConsole();
const vic = await riposte.signIn('Vic', ['viewer']);

const placesIn = (text: string) =>
  [...text.matchAll(/<code[^>]*>([a-z][a-z0-9-]*)<\/code>/g)].map(([, id]) => id);

test('without a file it says what then holds, and settings lead there', async () => {
  expect((await vic.get('/settings/routing')).text).toContain('No routing file is in force.');
  expect((await vic.get('/settings')).text).toContain('href="/settings/routing"');
});

test('entries stand in the order in which their playbooks look, with what each says', async () => {
  await seedRouting(riposte.db.owner);
  const { text } = await vic.get('/settings/routing');
  expect(placesIn(text).filter((id) => id !== 'riposte')).toEqual(['isolate-host', 'ended', 'gone', 'zeta']);
  expect(text).toContain('Ended');
  expect(text).toContain('2099-12-31');
  expect(text).toContain('&lt;b&gt;');
  expect(text).not.toContain('\u202e');
});

test('ten thousand come page by page, and a filter finds one with its place in the whole', async () => {
  await seedRouting(riposte.db.owner, 9_996);
  const first = await vic.get('/settings/routing');
  expect(first.text.match(/<tr role="row"/g)).toHaveLength(101);
  expect(first.text).toContain('<dd>2</dd>');
  const next = /href="([^"]+)" rel="next"/.exec(first.text)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const second = await vic.get(next);
  expect(second.text).toContain('<div>101</div>');
  const found = await vic.get('/settings/routing?q=P-09990');
  expect(placesIn(found.text)).toContain('p-09990');
  expect(found.text).toContain('<div>9994</div>');
  expect((await vic.get('/settings/routing?q=nothing-like-it')).text).toContain(
    'No entry is of such a playbook.',
  );
});
