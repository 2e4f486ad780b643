import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImapFlow } from 'imapflow';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Imap } from '../../engine/core/contracts/imap.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { disturbed, openImap } from '../actions/support/mailboxes.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { type CutLine, openCutLine } from '../support/cut-line.ts';
import { service, useDovecot } from '../support/dovecot.ts';
import { contentOf, deliver } from '../support/mail-folders.ts';
import { decide, onlyQuestion, questions, until } from './questions.ts';

/*
 * From an alert to a mailbox behind a real Dovecot and back: found, moved out of sight, given back. The line to it breaks
 * when a test says so; the mailbox's owner is a client of its own.
 */

const mailbox = 'ann@example.org';
const dovecot = await useDovecot([{ name: mailbox }]);
const here = dovecot.missing === null;

let corridor: Corridor;
let line: CutLine;
let ann: ImapFlow;
let bo: PersonId;
let eva: PersonId;
let onChange: () => void = () => undefined;

beforeAll(async () => {
  if (!here) return;
  line = await openCutLine(dovecot.ports.imaps);
  ann = await dovecot.owner(mailbox);
  for (const folder of ['Quarantine', 'Lists']) await ann.mailboxCreate(folder);
  const imap: Imap = disturbed(openImap(), () => onChange());
  const connections = [dovecot.connection({ url: `imaps://localhost:${line.port}` })];
  corridor = await openCorridor({ playbooks: [], imap, connections });
  bo = await corridor.person('Bo', ['soc']);
  eva = await corridor.person('Eva', ['soc-mail']);
  await corridor.publish(example);
});
afterAll(async () => {
  if (here) await corridor.close();
});

const example = readFileSync(join(import.meta.dirname, '../../examples/imap/quarantine-mail.yaml'), 'utf8');

let sent = 0;
async function runFor(messageId: string, on: Corridor = corridor): Promise<RunId> {
  sent += 1;
  await on.sendBody({
    source_id: `imap-${sent}`,
    title: 'Phishing was delivered',
    severity: 'high',
    category: 'phishing',
    verdict: 'confirmed',
    confidence: 0.95,
    created_at: '2026-11-20T03:00:00Z',
    targets: {
      mails: [
        {
          id: `${messageId}/${mailbox}`,
          network_message_id: messageId,
          internet_message_id: messageId,
          recipient: mailbox,
          sender: 'billing@phish.example',
          subject: 'Your invoice',
        },
      ],
    },
  });
  await on.rest();
  const run = (await on.runs()).at(-1);
  if (run === undefined) throw new Error('no run began');
  return run.id as RunId;
}

async function orderUndo(runId: RunId): Promise<void> {
  const answer = await undoRun(corridor.engine.parts, {
    runId,
    steps: null,
    reason: 'It was fine',
    actor: { kind: 'person', id: bo, channel: 'api' },
    personId: bo,
    requestId: 'test',
  });
  expect(answer).toMatchObject({ ok: true });
}

async function takeBack(runId: RunId): Promise<string | undefined> {
  await orderUndo(runId);
  await corridor.rest();
  return stateOf(runId);
}

const stateOf = async (runId: RunId) => (await corridor.runs()).find(({ id }) => id === runId)?.state;
const idsIn = async (folder: string) => (await contentOf(ann, folder))?.map(({ id }) => id);
const typesOf = async (runId: RunId) => (await corridor.story(runId)).map(({ type }) => type);

describe.skipIf(!here)('an alert about a mail', () => {
  it('takes every copy out of sight, and its undo puts each back as it was', async () => {
    await deliver(ann, 'INBOX', { 'Message-ID': '<a@phish.example>' }, ['\\Seen', '\\Flagged']);
    await deliver(ann, 'Lists', { 'Message-ID': '<a@phish.example>' }, ['$Later']);
    await deliver(ann, 'INBOX', { 'Message-ID': '<good@example.org>' });

    const run = await runFor('<a@phish.example>');
    expect(await stateOf(run)).toBe('succeeded');
    expect(await idsIn('Quarantine')).toEqual(['<a@phish.example>', '<a@phish.example>']);
    expect(await idsIn('INBOX')).toEqual(['<good@example.org>']);
    expect(await takeBack(run)).toBe('undone');
    expect(await idsIn('Quarantine')).toEqual([]);
    expect(await contentOf(ann, 'INBOX')).toMatchObject([
      { id: '<good@example.org>' },
      { id: '<a@phish.example>', flags: ['\\Flagged', '\\Seen'] },
    ]);
    expect(await contentOf(ann, 'Lists')).toMatchObject([{ id: '<a@phish.example>', flags: ['$Later'] }]);
  });

  it('is answered once although the answer of the server was lost, and is taken back to where the mail lay', async () => {
    await deliver(ann, 'Lists', { 'Message-ID': '<lost@phish.example>' });
    let changes = 0;
    onChange = () => {
      changes += 1;
      if (changes === 1) line.loseAnswer();
    };
    const run = await runFor('<lost@phish.example>');
    expect(await stateOf(run)).toBe('succeeded');
    expect(changes).toBe(1);
    expect(await typesOf(run)).toContain('action.unknown');
    expect(await idsIn('Quarantine')).toEqual(['<lost@phish.example>']);
    onChange = () => undefined;
    // Nobody knows whose move it was, so a person is asked before it is taken back.
    await orderUndo(run);
    await until(async () => (await questions(corridor, 'pending')).length === 1);
    expect(await decide(corridor, await onlyQuestion(corridor), eva)).toMatchObject({ ok: true });
    await corridor.rest();
    expect(await stateOf(run)).toBe('undone');
    expect(await idsIn('Lists')).toContain('<lost@phish.example>');
  });

  it('whose mail the owner put back by hand says so, and nothing of theirs is moved', async () => {
    await deliver(ann, 'INBOX', { 'Message-ID': '<mine@example.org>' });
    const run = await runFor('<mine@example.org>');
    await ann.mailboxOpen('Quarantine');
    await ann.messageMove('1:*', 'Lists');
    let changes = 0;
    onChange = () => {
      changes += 1;
    };
    expect(await takeBack(run)).toBe('undo-incomplete');
    expect(changes).toBe(0);
    const { rows } = await corridor.database.owner.query<{ state: string; found: object }>(
      'select state, found from undo_records where run_id = $1',
      [run],
    );
    expect(rows).toMatchObject([{ state: 'changed-since', found: { state: 'absent', location: 'Lists' } }]);
    expect(await idsIn('Lists')).toContain('<mine@example.org>');
  });

  it('keeps the password of the service out of everything that is written', async () => {
    await deliver(ann, 'INBOX', { 'Message-ID': '<echo@x>', Subject: `it is ${service.password}` });
    const run = await runFor('<echo@x>');
    expect(await stateOf(run)).toBe('succeeded');
    const { rows } = await corridor.database.owner.query<{ told: string }>(
      `select coalesce(string_agg(a::text, ' '), '') as told from attempts a where a.run_id = $1`,
      [run],
    );
    expect(rows[0]?.told).toContain('[hidden]');
    expect(rows[0]?.told).not.toContain(service.password);
    expect(JSON.stringify(await corridor.story(run))).not.toContain(service.password);
  });
});

it('without a connection to a mail server fails, and says what is missing', async () => {
  const bare = await openCorridor({ playbooks: [] });
  try {
    await bare.publish(example);
    const run = await runFor('<any@x>', bare);
    expect((await bare.runs()).find(({ id }) => id === run)?.state).toBe('failed');
    expect(JSON.stringify(await bare.story(run))).toContain('action/unknown-connection');
  } finally {
    await bare.close();
  }
});
