import { afterEach, describe, expect, test } from 'vitest';
import { cleanOutcome } from '../../engine/runtime/clean-outcome.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { type Desk, openDesk } from './support/open-desk.ts';
import { check, confirm, perform } from './support/perform.ts';
import type { Reply, Seen } from './support/start-vendor.ts';

const id = '73ca4154-0000-4000-8000-0dbf9d2d2a11-8072483413412983-1';
const input = { message_id: id, mailbox: 'Ann@contoso.com', comment: 'Run 1' };
const bulkId = '9c1d2e3f-0000-4000-8000-00000000b001';

const desks: Desk[] = [];
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
});

async function desk(answer: (request: Seen) => Reply | undefined) {
  const opened = await openDesk(answer);
  desks.push(opened);
  return opened;
}

function mail(number: number, location = 'inbox_folder', more: JsonObject = {}): JsonObject {
  return {
    id: `${id.slice(0, -1)}${number}`,
    networkMessageId: '73ca4154-0000-4000-8000-0dbf9d2d2a11',
    recipientEmailAddress: 'ann@contoso.com',
    senderDetail: { fromAddress: 'billing@phish.example', mailFromAddress: 'bounce@phish.example' },
    subject: 'Your invoice 8841',
    loggedDateTime: `2026-11-20T08:${String(number % 60).padStart(2, '0')}:00Z`,
    latestDelivery: { action: 'delivered', location },
    urls: [{ url: 'https://pay.phish.example/x' }],
    ...more,
  };
}

const accepted: Reply = {
  status: 202,
  headers: {
    location: `https://security.microsoft.com/action-center/history?filters={"bulkId":["${bulkId}"]}&tid=t`,
  },
};
const posts = (opened: Desk) =>
  opened.vendor.seen.filter((one) => one.method === 'POST' && !one.path.startsWith('/login'));
const onCopy =
  (location: () => string, remediate: Reply = accepted) =>
  (request: Seen) =>
    request.method === 'POST' ? remediate : ({ status: 200, json: mail(1, location()) } as Reply);

describe('quarantining', () => {
  test('orders the documented remediation for one copy and keeps its reference', async () => {
    let location = 'junkFolder';
    const opened = await desk(onCopy(() => location));
    const action = opened.action('mail.quarantine-message');
    const ordered = await perform(action, opened.context({ actionKey: 'key1' }), input);
    expect(ordered).toMatchObject({
      kind: 'accepted',
      handle: { bulk_id: bulkId, previous_location: 'junk' },
    });
    expect(JSON.parse(posts(opened)[0]?.body ?? '')).toEqual({
      displayName: 'Riposte key1',
      description: 'Run 1',
      severity: 'high',
      action: 'moveToQuarantine',
      remediateSendersCopy: false,
      analyzedEmails: [{ id }],
    });
    if (ordered.kind !== 'accepted') return;
    const waiting = await confirm(action, opened.context(), input, ordered.handle);
    expect(waiting).toMatchObject({ kind: 'accepted', handle: { polls: 1, bulk_id: bulkId } });
    location = 'quarantine';
    expect(await confirm(action, opened.context(), input, ordered.handle)).toMatchObject({
      kind: 'succeeded',
      changed: true,
      outputs: { state: 'quarantined', location: 'quarantine', previous_location: 'junk', bulk_id: bulkId },
    });
    expect(posts(opened)).toHaveLength(1);
  });

  test.each([
    ['inbox_folder', 'inbox'],
    ['junkFolder', 'junk'],
    ['deletedFolder', 'deleted'],
    ['others', undefined],
  ])('of a copy in %s says where its undo puts it back', async (location, folder) => {
    let place = location;
    const opened = await desk(onCopy(() => place));
    const action = opened.action('mail.quarantine-message');
    const ordered = await perform(action, opened.context(), input);
    if (ordered.kind !== 'accepted') throw new Error(ordered.kind);
    place = 'quarantine';
    const done = await confirm(action, opened.context(), input, ordered.handle);
    expect(done.kind === 'succeeded' && done.outputs.folder).toBe(folder);
    expect(action.manifest.inverse).toMatchObject({ outputs: { folder: 'folder' } });
  });

  test('re-reads after 1, 3, 10 and 30 minutes', async () => {
    const opened = await desk(onCopy(() => 'inbox_folder'));
    const action = opened.action('mail.quarantine-message');
    const context = opened.context({ settings: { pollMs: '5000' } });
    let outcome = await perform(action, context, input);
    const minutes: number[] = [];
    let atMs = 0;
    while (outcome.kind === 'accepted' && minutes.length < 5) {
      atMs += outcome.pollAfterMs;
      minutes.push(atMs / 60_000);
      outcome = await confirm(action, context, input, outcome.handle);
    }
    expect(minutes).toEqual([1, 3, 10, 30, 50]);
  });

  test('a copy of another mailbox is refused, because the approval named the mailbox', async () => {
    const opened = await desk(onCopy(() => 'inbox_folder'));
    const outcome = await perform(opened.action('mail.quarantine-message'), opened.context(), {
      ...input,
      mailbox: 'mia@contoso.com',
    });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'conflict', kind: 'terminal' } });
    expect(posts(opened)).toEqual([]);
  });

  test.each(['onprem_external', 'failed', 'dropped'])('a copy in %s is out of reach', async (location) => {
    const opened = await desk(onCopy(() => location));
    const outcome = await perform(opened.action('mail.quarantine-message'), opened.context(), input);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'unsupported-target' } });
    expect(posts(opened)).toEqual([]);
  });

  test.each<[string, Reply, object]>([
    ['dropped', 'drop', { kind: 'unknown' }],
    ['a 500', { status: 500 }, { kind: 'unknown' }],
    [
      'throttled',
      { status: 429, headers: { 'retry-after': '4' } },
      { kind: 'failed', failure: { code: 'throttled', retryAfterMs: 4000 } },
    ],
    ['forbidden', { status: 403 }, { kind: 'failed', failure: { code: 'forbidden' } }],
  ])('that is %s ends as it must', async (_what, reply, expected) => {
    const opened = await desk(onCopy(() => 'inbox_folder', reply));
    const action = opened.action('mail.quarantine-message');
    expect(await perform(action, opened.context(), input)).toMatchObject(expected);
    expect(posts(opened)).toHaveLength(1);
    expect(await check(action, opened.context(), input)).toMatchObject({ kind: 'absent' });
  });

  test('works without a reference in the answer', async () => {
    const opened = await desk(onCopy(() => 'inbox_folder', { status: 202 }));
    const outcome = await perform(opened.action('mail.quarantine-message'), opened.context(), input);
    expect(outcome).toMatchObject({ kind: 'accepted', handle: { previous_location: 'inbox' } });
  });
});

describe('giving back', () => {
  test.each([
    ['moveToInbox', 'inbox_folder', {}],
    ['moveToInbox', 'inbox_folder', { folder: 'inbox' }],
    ['moveToJunk', 'junkFolder', { folder: 'junk' }],
    ['moveToDeletedItems', 'deletedFolder', { folder: 'deleted' }],
  ])('orders %s and ends in %s for %j', async (order, destination, folder) => {
    let place = 'quarantine';
    const opened = await desk(onCopy(() => place));
    const action = opened.action('mail.release-message');
    const given = { ...input, ...folder };
    const ordered = await perform(action, opened.context(), given);
    if (ordered.kind !== 'accepted') throw new Error(ordered.kind);
    expect(JSON.parse(posts(opened)[0]?.body ?? '')).toMatchObject({ action: order });
    place = destination === 'inbox_folder' ? 'junkFolder' : 'inbox_folder';
    expect(await confirm(action, opened.context(), given, ordered.handle)).toMatchObject({
      kind: 'accepted',
    });
    place = destination;
    expect(await confirm(action, opened.context(), given, ordered.handle)).toMatchObject({
      kind: 'succeeded',
      changed: true,
    });
    expect(await perform(action, opened.context(), given)).toMatchObject({ changed: false });
    expect(posts(opened)).toHaveLength(1);
  });

  test('of a copy that was not in quarantine does not say that quarantine is its way back', async () => {
    let place = 'junkFolder';
    const opened = await desk(onCopy(() => place));
    const action = opened.action('mail.release-message');
    const ordered = await perform(action, opened.context(), input);
    if (ordered.kind !== 'accepted') throw new Error(ordered.kind);
    place = 'inbox_folder';
    const done = await confirm(action, opened.context(), input, ordered.handle);
    expect(done).toMatchObject({ kind: 'succeeded', outputs: { previous_location: 'junk' } });
    expect(done).not.toHaveProperty('changed');
  });
});

describe('searching', () => {
  const list =
    (pages: JsonObject[][]) =>
    (request: Seen): Reply => {
      const page = Number(new URL(`http://x${request.path}`).searchParams.get('$skiptoken') ?? '0');
      const link = `http://${request.headers.host}/graph/v1.0/security/collaboration/analyzedEmails?$skiptoken=${page + 1}`;
      const more = page + 1 < pages.length ? { '@odata.nextLink': link } : {};
      return { status: 200, json: { value: pages[page] ?? [], ...more } };
    };
  const asked = (opened: Desk) =>
    new URL(`http://x${opened.vendor.seen.find((one) => one.method === 'GET')?.path}`).searchParams;

  test('by network message id lets the vendor filter, with quotes doubled', async () => {
    const opened = await desk(list([[mail(1)]]));
    const nowMs = Date.parse('2026-11-21T00:00:00Z');
    await perform(opened.action('mail.search-messages'), opened.context({ nowMs: () => nowMs }), {
      network_message_id: '73CA4154-0000-4000-8000-0dbf9d2d2a11',
      recipient: "sinead.o'brien@contoso.com",
      received_within: '24h',
    });
    expect(asked(opened).get('$filter')).toBe(
      "networkMessageId eq '73ca4154-0000-4000-8000-0dbf9d2d2a11' and recipientEmailAddress eq 'sinead.o''brien@contoso.com'",
    );
    expect(asked(opened).get('startTime')).toBe('2026-11-20T00:00:00.000Z');
    expect(asked(opened).get('endTime')).toBe('2026-11-21T00:00:00.000Z');
  });

  test('by sender and subject sends no undocumented filter and compares here, over all pages', async () => {
    const opened = await desk(
      list([
        [mail(1), mail(2, 'inbox_folder', { subject: 'Lunch' })],
        [
          mail(3, 'quarantine', { recipientEmailAddress: 'mia@contoso.com' }),
          mail(4, 'inbox_folder', { senderDetail: { fromAddress: 'x@y.example' } }),
        ],
        [mail(5, 'junkFolder', { recipientEmailAddress: 'ANN@contoso.com' })],
      ]),
    );
    const outcome = await perform(opened.action('mail.search-messages'), opened.context(), {
      sender: 'Billing@Phish.example',
      subject: ' your INVOICE 8841',
    });
    expect(asked(opened).has('$filter')).toBe(false);
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      outputs: { mailbox_count: 2, complete: true, link_domains: ['pay.phish.example'] },
    });
    const messages = outcome.kind === 'succeeded' ? (outcome.outputs.messages as JsonObject[]) : [];
    expect(messages.map((one) => [one.location, one.received_at])).toEqual([
      ['junk', '2026-11-20T08:05:00.000Z'],
      ['quarantine', '2026-11-20T08:03:00.000Z'],
      ['inbox', '2026-11-20T08:01:00.000Z'],
    ]);
  });

  test.each([
    ['visible', 'billing@phish.example', 1],
    ['envelope', 'Bounce@Phish.example', 1],
    ['other', 'phish.example', 0],
  ])('by the %s sender finds what carries it', async (_which, sender, count) => {
    const opened = await desk(list([[mail(1)]]));
    const outcome = await perform(opened.action('mail.search-messages'), opened.context(), { sender });
    expect(outcome).toMatchObject({ kind: 'succeeded', outputs: { mailbox_count: count, complete: true } });
    const messages = outcome.kind === 'succeeded' ? (outcome.outputs.messages as JsonObject[]) : [];
    expect(messages.map((one) => one.sender)).toEqual(count === 0 ? [] : ['billing@phish.example']);
  });

  test('shows the sender of the envelope where no other one is told', async () => {
    const bare = mail(1, 'inbox_folder', { senderDetail: { mailFromAddress: 'bounce@phish.example' } });
    const opened = await desk(list([[bare]]));
    const outcome = await perform(opened.action('mail.search-messages'), opened.context(), {
      sender: 'bounce@phish.example',
    });
    expect(outcome).toMatchObject({ outputs: { messages: [{ sender: 'bounce@phish.example' }] } });
  });

  test.each([
    [3, 3, true],
    [2, 2, false],
  ])('stops at %i copies and says whether that was all', async (limit, count, complete) => {
    const opened = await desk(list([[mail(1), mail(2)], [mail(3)]]));
    const outcome = await perform(opened.action('mail.search-messages'), opened.context(), {
      sender: 'billing@phish.example',
      limit,
    });
    expect(outcome).toMatchObject({ outputs: { complete } });
    expect(outcome.kind === 'succeeded' && (outcome.outputs.messages as JsonObject[]).length).toBe(count);
  });

  const short = 'Your invoice 8841';
  test.each<[string, number, string]>([
    ['2000 copies of an ordinary mail', 2000, short],
    ['140 copies with a subject of 1900 characters', 140, 'x'.repeat(1900)],
  ])('hands over %s in what a step keeps', async (_what, count, subject) => {
    const rows = Array.from({ length: count }, (_, number) => ({
      ...mail(number, 'junkFolder', {
        subject,
        recipientEmailAddress: `person.number-${number}@contoso.com`,
      }),
      id: `${id.slice(0, -18)}${String(number).padStart(16, '0')}-1`,
    }));
    const opened = await desk(list([rows]));
    const outcome = await perform(opened.action('mail.search-messages'), opened.context(), {
      sender: 'billing@phish.example',
      subject,
      limit: 2000,
    });
    expect(outcome).toMatchObject({ outputs: { mailbox_count: count, complete: true } });
    const kept = cleanOutcome({ of: 'action', outcome }, 'read').reported.outcome;
    expect(kept).toEqual(outcome);
    const messages = kept.kind === 'succeeded' ? (kept.outputs.messages as JsonObject[]) : [];
    expect(messages).toHaveLength(count);
    // What a sweep needs is there; what people read besides is the first to go.
    for (const one of messages) expect(Object.keys(one)).toEqual(['id', 'mailbox', 'location']);
  });

  test.each([
    { sender: 'billing@phish.example', subject: ' \u00a0' },
    { network_message_id: '73ca4154-0000-4000-8000-0dbf9d2d2a11', recipient: ' ' },
  ])('by %j is refused: what is blank would be left out, and honest mail found', async (given) => {
    const opened = await desk(list([[mail(1)]]));
    const outcome = await perform(opened.action('mail.search-messages'), opened.context(), given);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'invalid-request' } });
    expect(opened.vendor.calls()).toEqual([]);
  });

  test('that is too wide fails instead of reporting half a campaign', async () => {
    const opened = await desk(list(Array.from({ length: 201 }, () => [])));
    const outcome = await perform(opened.action('mail.search-messages'), opened.context(), {
      sender: 'billing@phish.example',
    });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'search-too-wide', kind: 'terminal' } });
    expect(opened.vendor.calls()).toHaveLength(200);
  });

  test('that breaks off in the middle fails as a whole', async () => {
    const opened = await desk((request) =>
      request.path.includes('skiptoken') ? { status: 503 } : list([[mail(1)], [mail(2)]])(request),
    );
    const outcome = await perform(opened.action('mail.search-messages'), opened.context(), {
      sender: 'billing@phish.example',
    });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'unavailable', kind: 'retryable' } });
  });

  test.each([
    { network_message_id: "x' or 1 eq 1" },
    { sender: 'a@b.example', received_within: '31d' },
    { sender: ' ' },
  ])('%j is refused, and nothing is sent', async (wrong) => {
    const opened = await desk(() => undefined);
    const outcome = await perform(opened.action('mail.search-messages'), opened.context(), wrong);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'invalid-request' } });
    expect(opened.vendor.seen).toEqual([]);
  });
});
