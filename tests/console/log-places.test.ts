import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { keysOf, numbered, record, sequencerOf, testSigner, until } from '../audit/open-log.ts';
import { riposte } from '../cli/start-cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';
import { answerOrders } from './order-use-cases.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* A place outside that is gone: one person gives it up at a terminal, the other one in the console. */

const site = await startConsole();
const { db } = site;
const root = await temporaryFolder();
const place = anchorDirectory(root);
let sequencer: ReturnType<typeof sequencerOf>;
let vic: Visitor;
const open = () =>
  sequencerOf(db.sequencer, {
    keys: keysOf(testSigner),
    places: [place],
    limits: { pollMs: 10, carryMs: 10 },
  });

beforeAll(async () => {
  answerOrders(site);
  vic = await site.signIn('Vic', ['viewer']);
  await record(db, numbered(5));
  const first = open();
  await first.start();
  await first.stop();
  await rm(root, { recursive: true });
  sequencer = open();
  await sequencer.start();
});
afterAll(() => sequencer.stop());

it('it shows as away, to everybody, and only operators may propose', async () => {
  const page = (await vic.get('/audit/log')).text;
  expect(page).toContain(place.name);
  expect(page).toMatch(/Away[\s\S]*ENOENT/);
  expect(page).not.toContain('action="/audit/log/place"');
  expect((await vic.post('/audit/log/place', { place: place.name, placeReason: 'gone' })).status).toBe(403);
});

it('a proposal names a place and a reason, and a place that is known', async () => {
  const ada = await site.signIn('Ada', ['operator']);
  expect((await ada.get('/audit/log')).text).toContain('action="/audit/log/place"');
  expect((await ada.post('/audit/log/place', { place: place.name, placeReason: ' ' })).status).toBe(422);
  const unknown = await ada.post('/audit/log/place', { place: 'file:///<b>', placeReason: 'gone' });
  expect(unknown.status).toBe(409);
  expect(unknown.text).toContain('nothing was ever brought');
});

it('one proposes at a terminal, the other one confirms in the console, and the log goes on', async () => {
  const token = (await site.identity.createToken(
    { actor: { kind: 'system', id: 'test', channel: 'engine' } },
    { personId: null, name: 'reader', roles: ['auditor'] },
  )) as { secret: string };
  const env = { RIPOSTE_URL: site.url, RIPOSTE_TOKEN: token.secret };
  const shown = await riposte(['audit', 'places', 'show'], env);
  expect(shown.stdout).toContain(`${place.name}: 9 entries`);
  const { secret } = await site.link('Cy', ['operator']);
  const link = `${site.url}/sign-in/${secret}`;
  const given = [
    'audit',
    'places',
    'give-up',
    place.name,
    '--reason',
    'the array is gone',
    '--sign-in',
    link,
  ];
  const proposed = await riposte(given, env);
  expect(proposed).toMatchObject({ code: 0 });
  expect(proposed.stderr).toContain('riposte audit places confirm sha256:');

  const bo = await site.signIn('Bo', ['admin']);
  const page = (await bo.get('/audit/log')).text;
  expect(page).toContain(`Giving up ${place.name} is proposed.`);
  expect(page).toContain('the array is gone');
  const digest = /name="digest" value="(sha256:[0-9a-f]{64})"/.exec(page)?.[1] ?? '';
  expect((await bo.post('/audit/log/confirm', { digest })).headers.get('location')).toBe('/audit/log');
  await until(() => sequencer.status().state === 'leading', 'the log is led again');
  const after = (await vic.get('/audit/log')).text;
  expect(after).toContain('Given up');
  expect(after).not.toContain('Away');
});
