import { expect, test } from 'vitest';
import { seedEntry } from '../api/seed.ts';
import { startConsole } from './start-console.ts';

/* Asking for an entry that is not there leaves one that says so, so no page may lead there. */

const site = await startConsole();
const kim = await site.signIn('Kim', ['admin']);
const vic = await site.signIn('Vic', ['approver']);
const by = (id: string) => ({ type: 'run.started', actor: { kind: 'person', id, channel: 'console' } });
const [own, other] = [by(vic.person.id), by(kim.person.id)];
for (const [index, entry] of [own, own, other, own].entries()) await seedEntry(site.db.owner, index, entry);

const neighbours = ({ text }: { text: string }) =>
  [...text.matchAll(/href="\/audit\/(\d+)">(Newer|Older)</g)].map(([, index, word]) => `${word} ${index}`);

test('the page of an entry leads to those beside it that are there', async () => {
  expect(neighbours(await kim.get('/audit/0'))).toEqual(['Newer 1']);
  expect(neighbours(await kim.get('/audit/2'))).toEqual(['Newer 3', 'Older 1']);
  expect(neighbours(await kim.get('/audit/3'))).toEqual(['Older 2']);
});

test('and to none that the reader may not see', async () => {
  expect(neighbours(await vic.get('/audit/1'))).toEqual(['Older 0']);
  expect(neighbours(await vic.get('/audit/3'))).toEqual([]);
  expect((await vic.get('/audit/2')).status).toBe(404);
});
