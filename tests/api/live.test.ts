import { afterAll, afterEach, describe, expect, test } from 'vitest';
import type { EntryDraft, EntryType } from '../../engine/core/contracts/entry.ts';
import { createLive } from '../../engine/runtime/outward/tell-live.ts';
import { defaultTenant, mintId, type RunId, type TenantId } from '../../schemas/ids.ts';
import { record, sequencerOf } from '../audit/open-log.ts';
import { seedWaitingRun } from './seed.ts';
import { startApi } from './start-api.ts';

/* GET /v1/stream: those who look on are told that something changed, by what is sealed and by nothing else. */

const limits = { lookMs: 20, beatMs: 200, perCaller: 3, perProcess: 5 };
const api = await startApi({}, limits);
const { db } = api;
const sequencer = sequencerOf(db.sequencer);
const run = await seedWaitingRun(db.owner);
const other = await seedWaitingRun(db.owner, { title: 'Another one' });
const ann = await api.person('ann', ['viewer']);

const actor = { kind: 'system', id: 'engine', channel: 'engine' } as const;
const about = (type: EntryType, more: Partial<EntryDraft> = {}): EntryDraft => ({ type, actor, ...more });
const ofRun = (type: EntryType, runId: RunId = run.runId, more: Partial<EntryDraft> = {}) =>
  about(type, { runId, ...more });
async function seal(...drafts: EntryDraft[]): Promise<void> {
  await record(db, drafts);
  await sequencer.flush();
}
await seal(about('system.started'));

const open: { leave(): void }[] = [];
afterEach(() => {
  for (const each of open.splice(0)) each.leave();
});

interface Event {
  id: string | null;
  data: { type: string; ref: string | null; version: number };
}

/** One connection that stays open, with what has come over it. */
async function lookOn(
  topics: string,
  options: { token?: string; last?: string; from?: string; url?: string } = {},
) {
  const leaving = new AbortController();
  const { token = ann.token, last, from, url = api.url } = options;
  const response = await fetch(
    `${url}/v1/stream?topics=${topics}${from === undefined ? '' : `&from=${from}`}`,
    {
      headers: {
        authorization: `Bearer ${token}`,
        ...(last !== undefined && { 'last-event-id': last }),
      },
      signal: leaving.signal,
    },
  );
  let text = '';
  let ended = false;
  const reading = (async () => {
    const decoder = new TextDecoder();
    for await (const piece of response.body ?? []) text += decoder.decode(piece, { stream: true });
  })()
    .catch(() => undefined)
    .finally(() => {
      ended = true;
    });
  const blocks = () => text.split('\n\n').slice(0, -1);
  const lineOf = (block: string, name: string) =>
    block
      .split('\n')
      .find((line) => line.startsWith(`${name}: `))
      ?.slice(name.length + 2) ?? null;
  const looking = {
    response,
    reading,
    text: () => text,
    ended: () => ended,
    events: (): Event[] =>
      blocks().flatMap((block) => {
        const data = lineOf(block, 'data');
        return data === null ? [] : [{ id: lineOf(block, 'id'), data: JSON.parse(data) as Event['data'] }];
      }),
    lastId: () =>
      blocks()
        .map((block) => lineOf(block, 'id'))
        .findLast((id) => id !== null) ?? null,
    leave: () => leaving.abort(),
  };
  open.push(looking);
  return looking;
}

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 10));
}
const typesOf = ({ events }: { events(): Event[] }) => events().map(({ data }) => data.type);
const beatsOf = (text: string) => text.split(': beat').length - 1;

describe('what is told', () => {
  test('what changed and nothing of it, with the sequence of its entry', async () => {
    const looking = await lookOn(`approvals,runs:${run.runId}`);
    expect(looking.response.status).toBe(200);
    expect(looking.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(looking.response.headers.get('cache-control')).toBe('no-store, no-transform');
    expect(looking.response.headers.get('x-accel-buffering')).toBe('no');
    await seal(
      ofRun('step.failed', run.runId, { step: 'run/isolate', reason: 'secret words\n\ndata: {}' }),
      ofRun('step.failed', other.runId),
      ofRun('approval.granted', other.runId, { approvalId: other.approvalId }),
    );
    await until(() => looking.events().length === 2);
    const [failed, granted] = looking.events();
    expect(failed).toEqual({
      id: `1-${failed?.data.version}`,
      data: { type: 'step.failed', ref: run.runId, version: failed?.data.version },
    });
    expect(granted?.data).toEqual({
      ...{ type: 'approval.granted', ref: other.approvalId },
      version: (failed?.data.version ?? 0) + 2,
    });
    expect(looking.text()).not.toContain('secret');
  });

  test('a question is named although its entry is older than its id', async () => {
    const looking = await lookOn('approvals');
    await seal(ofRun('approval.requested', run.runId, { planDigest: run.digest }));
    await until(() => looking.events().length === 1);
    expect(looking.events()[0]?.data).toMatchObject({ type: 'approval.requested', ref: run.approvalId });
  });

  test('what somebody tried in vain, and what is of the log alone, is not', async () => {
    const looking = await lookOn(`approvals,runs:${run.runId}`);
    await seal(
      ofRun('approval.refused', run.runId, { approvalId: run.approvalId }),
      ofRun('approval.told', run.runId, { approvalId: run.approvalId }),
      ofRun('guard.denied'),
      about('auth.refused'),
      ofRun('run.finished'),
    );
    await until(() => looking.events().length > 0);
    expect(typesOf(looking)).toEqual(['run.finished']);
  });

  test('an entry of both topics has its id at the second event, so that nobody resumes in between', async () => {
    const looking = await lookOn(`approvals,runs:${run.runId}`);
    await seal(ofRun('approval.denied', run.runId, { approvalId: run.approvalId }));
    await until(() => looking.events().length === 2);
    const [first, second] = looking.events();
    expect([first?.data.ref, first?.id]).toEqual([run.approvalId, null]);
    expect([second?.data.ref, second?.id]).toEqual([run.runId, `1-${second?.data.version}`]);
  });

  test('of stops, of all runs and of all incidents that something changed, once however much it was', async () => {
    const looking = await lookOn('incidents,stops,runs');
    await seal(
      ofRun('run.queued'),
      ofRun('step.failed', other.runId),
      about('incident.updated', { incidentId: run.incidentId }),
      ofRun('guard.denied'),
      ofRun('approval.granted', run.runId, { approvalId: run.approvalId }),
      about('stop.set'),
      about('pause.set'),
      about('pause.refused'),
    );
    await until(() => looking.events().length === 3);
    await seal(ofRun('run.finished'));
    await until(() => looking.events().length === 4);
    const told = looking.events();
    expect(told.map(({ data: { type, ref } }) => [type, ref])).toEqual([
      ['incident.updated', null],
      ['approval.granted', null],
      ['pause.set', null],
      ['run.finished', null],
    ]);
    expect(told.map(({ id, data }) => id === `1-${data.version}`)).toEqual([true, true, true, true]);
  });

  test('an entry that is a question and the last of all runs is told as both', async () => {
    const looking = await lookOn('approvals,runs');
    await seal(ofRun('approval.voted', run.runId, { approvalId: run.approvalId }));
    await until(() => looking.events().length === 2);
    expect(looking.events().map(({ data }) => data.ref)).toEqual([run.approvalId, null]);
  });

  test('an entry that has no place in the log yet is told when it has one', async () => {
    const looking = await lookOn(`runs:${run.runId}`);
    await record(db, [ofRun('step.succeeded')]);
    await until(() => beatsOf(looking.text()) > 0);
    expect(looking.events()).toEqual([]);
    await sequencer.flush();
    await until(() => looking.events().length === 1);
  });
});

describe('going on', () => {
  test('after a gap nothing is missed and nothing is told twice, also by another process', async () => {
    const first = await lookOn(`runs:${run.runId}`);
    await seal(ofRun('run.queued'));
    await until(() => first.events().length === 1);
    const last = first.lastId() ?? '';
    first.leave();
    await seal(ofRun('step.failed'), ofRun('step.denied', other.runId), ofRun('step.cancelled'));
    const elsewhere = await startApi({ database: db.app, identity: api.identity, read: api.read }, limits);
    const again = await lookOn(`runs:${run.runId}`, { last, url: elsewhere.url });
    await until(() => again.events().length === 2);
    await seal(ofRun('run.finished'));
    await until(() => again.events().length === 3);
    expect(typesOf(again)).toEqual(['step.failed', 'step.cancelled', 'run.finished']);
  });

  test('a place in the address is as good, and the header is newer than it', async () => {
    const first = await lookOn(`runs:${run.runId}`);
    await seal(ofRun('run.queued'));
    await until(() => first.events().length === 1);
    const from = first.lastId() ?? '';
    await seal(ofRun('step.failed'));
    await until(() => first.events().length === 2);
    const last = first.lastId() ?? '';
    await seal(ofRun('step.denied'));
    const byAddress = await lookOn(`runs:${run.runId}`, { from });
    await until(() => byAddress.events().length === 2);
    expect(typesOf(byAddress)).toEqual(['step.failed', 'step.denied']);
    const both = await lookOn(`runs:${run.runId}`, { from, last });
    await until(() => both.events().length === 1);
    expect(typesOf(both)).toEqual(['step.denied']);
    expect((await lookOn('approvals', { from: '1-x' })).response.status).toBe(400);
  });

  test('whoever was told nothing resumes where they came in, and a beat moves that on', async () => {
    const looking = await lookOn(`runs:${run.runId}`);
    await until(() => looking.lastId() !== null);
    const cameIn = looking.lastId();
    await seal(about('log.heartbeat'));
    await until(() => looking.lastId() !== cameIn);
    expect(looking.events()).toEqual([]);
    expect(looking.text()).toMatch(/: beat\nid: 1-\d+\n\n$/);
  });

  test('a page that is longer than what one may have waiting comes whole', async () => {
    const looking = await lookOn(`runs:${run.runId}`);
    await until(() => looking.lastId() !== null);
    const last = looking.lastId() ?? '';
    await seal(...Array.from({ length: 700 }, () => ofRun('step.succeeded')));
    await seal(...Array.from({ length: 700 }, () => ofRun('step.succeeded')));
    const again = await lookOn(`runs:${run.runId}`, { last });
    await until(() => again.events().length === 1_400 && looking.events().length === 1_400);
    const versions = again.events().map(({ data }) => data.version);
    expect(versions).toEqual([...new Set(versions)].toSorted((a, b) => a - b));
    expect(looking.events()).toEqual(again.events());
  });

  test.each([
    ['of the future, as after a backup was put back', '1-999999'],
    ['of another log', '7-1'],
    ['of a log before the first', '2-0'],
  ])('a place %s is said to be lost', async (_what, last) => {
    const looking = await lookOn('approvals', { last });
    await until(() => looking.events().length === 1);
    const [event] = looking.events();
    expect(event?.data).toMatchObject({ type: 'live.reset', ref: null });
    expect(event?.id).toBe(`1-${event?.data.version}`);
  });

  test.each(['x', '1', '1-', '-1', '0-1', '1-1-1', '1-0x1', '1-99999999999999999'])(
    'what is no place is refused: %s',
    async (last) => {
      const { status, body } = await api.call('GET', '/v1/stream?topics=approvals', {
        token: ann.token,
        headers: { 'last-event-id': last },
      });
      expect([status, body.code, body.errors[0].pointer]).toEqual([
        400,
        'request/invalid',
        '/headers/last-event-id',
      ]);
    },
  );
});

describe('who may', () => {
  const refused = async (path: string, token = ann.token) => {
    const { status, body } = await api.call('GET', path, { token });
    return [status, body.code];
  };

  test('nobody without a right, and nothing without a topic', async () => {
    expect((await api.call('GET', '/v1/stream?topics=approvals')).status).toBe(401);
    const nobody = await api.person('nobody', ['viewer']);
    await db.owner.query(`update people set roles = '{}' where id = $1`, [nobody.person.id]);
    expect(await refused('/v1/stream?topics=approvals', nobody.token)).toEqual([403, 'auth/forbidden']);
    for (const topics of [
      '',
      '?topics=',
      '?topics=runs,',
      '?topics=incidents:inc_1',
      '?topics=people',
      '?topics=approvals,',
      '?topics=runs:run_%0A',
    ])
      expect(await refused(`/v1/stream${topics}`), topics).toEqual([400, 'request/invalid']);
    const many = Array.from({ length: 21 }, (_, n) => `runs:run_${n}`).join();
    expect(await refused(`/v1/stream?topics=${many}`)).toEqual([400, 'request/invalid']);
  });

  test('a run that never was is not found, and asking for it is an entry', async () => {
    const id = mintId('RunId');
    expect(await refused(`/v1/stream?topics=runs:${run.runId},runs:${id}`)).toEqual([
      404,
      'request/not-found',
    ]);
    const asked = (await api.entries()).find(({ type }) => type === 'auth.not-found');
    expect(asked?.entry).toMatchObject({
      actor: { id: ann.person.id },
      data: { route: 'GET /v1/stream', id },
    });
  });

  test('a revoked token, a right that was taken and a session that ended end it', async () => {
    const bo = await api.person('bo', ['viewer']);
    const cy = await api.person('cy', ['viewer']);
    const dee = await api.person('dee', ['viewer']);
    const { cookie = '' } = await api.session(dee.person);
    const [ofBo, ofCy] = [
      await lookOn('approvals', { token: bo.token }),
      await lookOn('approvals', { token: cy.token }),
    ];
    const page = await fetch(`${api.url}/v1/stream?topics=approvals`, { headers: { cookie } });
    const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
    const { items } = await api.identity.listTokens({ personId: bo.person.id }, { limit: 50 });
    await api.identity.revokeToken(system, items[0]?.id as never, null);
    await db.owner.query(`update people set roles = '{}' where id = $1`, [cy.person.id]);
    await api.identity.endSession(cookie.slice('riposte='.length));
    await Promise.all([ofBo.reading, ofCy.reading, page.text()]);
    expect([ofBo.ended(), ofCy.ended()]).toEqual([true, true]);
    expect(await refused('/v1/stream?topics=approvals', bo.token)).toEqual([401, 'auth/bad-token']);
  });

  test('looking on keeps no idle session going', async () => {
    const { cookie = '' } = await api.session(ann.person);
    await db.owner.query(`update sessions set seen_at = clock_timestamp() - interval '29 minutes'`);
    const aged = await db.owner.query('select max(seen_at) as at from sessions');
    const leaving = new AbortController();
    const page = await fetch(`${api.url}/v1/stream?topics=approvals`, {
      headers: { cookie },
      signal: leaving.signal,
    });
    // A browser opens it again by itself, so not even that is a use.
    const reader = page.body?.getReader();
    let text = '';
    while (beatsOf(text) < 2) text += new TextDecoder().decode((await reader?.read())?.value);
    expect((await db.owner.query('select max(seen_at) as at from sessions')).rows).toEqual(aged.rows);
    leaving.abort();
  });
});

describe('how many', () => {
  test('nobody takes all places, with several tokens neither, and a place is free again when its reader leaves', async () => {
    const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;
    const second = await api.identity.createToken(system, {
      personId: ann.person.id,
      name: 'second',
      roles: ['viewer'],
    });
    if (!second.ok) throw new Error(second.detail);
    const own = [await lookOn('approvals'), await lookOn('approvals'), await lookOn('approvals')];
    const fourth = await api.call('GET', '/v1/stream?topics=approvals', { token: second.secret });
    expect([fourth.status, fourth.body.code, fourth.headers.get('retry-after')]).toEqual([
      429,
      'request/rate-limited',
      '15',
    ]);
    const bo = await api.person('bo2', ['viewer']);
    await lookOn('approvals', { token: bo.token });
    await lookOn('approvals', { token: bo.token });
    const cy = await api.person('cy2', ['viewer']);
    const full = await api.call('GET', '/v1/stream?topics=approvals', { token: cy.token });
    expect([full.status, full.body.code]).toEqual([503, 'request/unavailable']);
    own[0]?.leave();
    let now = full.status;
    while (now === 503) {
      const again = await lookOn('approvals', { token: cy.token });
      now = again.response.status;
    }
    expect(now).toBe(200);
  });

  test('asking for the headers alone takes no place', async () => {
    for (let n = 0; n < 8; n += 1) {
      const response = await fetch(`${api.url}/v1/stream?topics=approvals`, {
        method: 'HEAD',
        headers: { authorization: `Bearer ${ann.token}` },
      });
      expect([response.status, await response.text()]).toEqual([200, '']);
    }
  });

  test('one read of the log serves all of them', async () => {
    const asked: string[] = [];
    const counting = {
      ...db.app,
      query: ((text: string, values: unknown[]) => {
        if (/from audit_log\s/.test(text)) asked.push(text);
        return db.app.query(text, values);
      }) as typeof db.app.query,
    };
    const live = createLive({ database: counting, tenant: defaultTenant, log: () => undefined, limits });
    afterAll(() => live.stop());
    const from = await live.head();
    const gone = new AbortController();
    const texts = ['a', 'b', 'c', 'd', 'e'].map((caller) =>
      live.open({ caller, topics: [{ kind: 'approvals' }], still: async () => true }, from, gone.signal),
    );
    await seal(ofRun('approval.extended', run.runId, { approvalId: run.approvalId }));
    live.start();
    for (const pieces of texts) {
      if (typeof pieces === 'string') throw new Error(pieces);
      let text = '';
      while (!text.includes('approval.extended')) text += (await pieces.next()).value ?? '';
    }
    expect(asked).toHaveLength(1);
    gone.abort();
  });
});

test('a process that stops ends them all in good order, and lets nobody in', async () => {
  const live = createLive({ database: db.app, tenant: defaultTenant, log: () => undefined, limits });
  live.start();
  const stopping = await startApi({ database: db.app, identity: api.identity, read: api.read, live });
  const looking = await lookOn('approvals', { url: stopping.url });
  await until(() => looking.text() !== '');
  await live.stop();
  await looking.reading;
  // The end of the body was sent: a connection that breaks off fails.
  expect(looking.text()).toMatch(/\n\n$/);
  const { status, body } = await stopping.call('GET', '/v1/stream?topics=approvals', { token: ann.token });
  expect([status, body.code]).toEqual([503, 'request/unavailable']);
});

test('a stop waits neither for somebody who does not read nor for a database that does not answer', async () => {
  const never = new Promise<never>(() => undefined);
  const silent = { ...db.app, query: () => never } as typeof db.app;
  const live = createLive({ database: silent, tenant: defaultTenant, log: () => undefined, limits });
  live.start();
  const asked = { caller: 'ann', topics: [{ kind: 'approvals' }] as const, still: () => never };
  const pieces = live.open(asked, { incarnation: 1, next: 0 }, new AbortController().signal);
  if (typeof pieces === 'string') throw new Error(pieces);
  await live.letGo();
  expect(live.open(asked, { incarnation: 1, next: 0 }, new AbortController().signal)).toBe('stopping');
  expect((await pieces.next()).value).toContain('retry:');
  expect((await pieces.next()).done).toBe(true);
});

test('what is of another tenant is told to nobody here', async () => {
  const theirs = createLive({
    ...{ database: db.app, tenant: 'other' as TenantId, log: () => undefined, limits },
  });
  afterAll(() => theirs.stop());
  theirs.start();
  const gone = new AbortController();
  const asked = { caller: 'eve', topics: [{ kind: 'approvals' }] as const, still: async () => true };
  const pieces = theirs.open(asked, await theirs.head(), gone.signal);
  if (typeof pieces === 'string') throw new Error(pieces);
  let text = '';
  await seal(ofRun('approval.viewed', run.runId, { approvalId: run.approvalId }));
  while (beatsOf(text) < 2) text += (await pieces.next()).value ?? '';
  expect(text).not.toContain('data:');
  gone.abort();
});
