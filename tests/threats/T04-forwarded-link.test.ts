import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { openApprovalLink, signApprovalLink } from '../../engine/runtime/outward/approval-link.ts';
import { openApprovalLinks } from '../../engine/runtime/outward/approval-links.ts';
import { changeLinkKey } from '../../engine/runtime/outward/change-link-key.ts';
import { defaultTenant, mintId, type TenantId } from '../../schemas/ids.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { startConsole } from '../console/start-console.ts';

/* T4: the link of a notification is forwarded, opened by a scanner, replayed, changed, kept for later. */

let nowMs = Date.now();
const site = await startConsole({ nowMs: () => nowMs });
const ann = await site.signIn('Ann', ['approver'], ['soc-tier2']);
const eve = await site.signIn('Eve', ['approver'], ['finance']);
const hour = 3_600_000;

let seeded: Awaited<ReturnType<typeof seedWaitingRun>>;
let path: string;
beforeEach(async () => {
  nowMs = Date.now();
  seeded = await seedWaitingRun(site.db.owner);
  const { runId, digest: planDigest } = seeded;
  const link = await site.links.linkFor({ type: 'approval.requested', runId, planDigest });
  path = new URL(String(link)).pathname;
});

async function linkOf(personId: string | null): Promise<string> {
  const link = await site.links.linkTo({
    approvalId: seeded.approvalId,
    personId,
    occasion: 'asked',
    expiresAtMs: Date.now() + hour,
    nowMs: Date.now(),
  });
  return new URL(link).pathname;
}

interface Entry {
  type: string;
  code?: string;
  actor: { id: string };
}

async function refusals(actorId: string, type = 'auth.refused'): Promise<Entry[]> {
  const { rows } = await site.db.owner.query<{ entry: string }>(
    `select convert_from(entry, 'utf8') as entry from audit_pending order by enqueued_at, id`,
  );
  return rows
    .map(({ entry }) => JSON.parse(entry) as Entry)
    .filter((entry) => entry.actor.id === actorId && entry.type === type);
}

describe('opened by whoever is not signed in, as a scanner is', () => {
  it('it changes nothing however often and by whatever method, tells nothing of the question, and asks for a sign-in', async () => {
    const before = await site.traces();
    for (let n = 0; n < 5; n++) {
      for (const method of ['GET', 'HEAD']) {
        const shown = await site.visit(path, { method });
        expect(shown.status).toBe(401);
        expect(shown.text).not.toMatch(/DB-1|Isolate|<form|sha256/);
        expect(shown.headers.get('referrer-policy')).toBe('no-referrer');
        expect(shown.headers.get('cache-control')).toBe('no-store');
      }
    }
    for (const method of ['POST', 'PUT', 'DELETE'])
      expect((await site.visit(path, { method })).status).toBe(404);
    // One that runs pages and sends what forms it finds, finds none; and guessing the address of ours does not do.
    const body = new URLSearchParams({ decision: 'approve', digest: seeded.digest, confirmed: 'yes' });
    const guessed = await site.visit(`/a/${seeded.approvalId}/decisions`, { method: 'POST', body });
    expect(guessed.status).toBe(401);
    expect(await site.traces()).toBe(before);
  });

  it('from a mail or a chat it is asked for once more, and after the sign-in one stands before the card', async () => {
    const first = await site.visit(path, { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(first.text).toContain(`url=${path}?again=1`);
    const second = await site.visit(`${path}?again=1`, { headers: { 'sec-fetch-site': 'cross-site' } });
    expect(second.status).toBe(401);
    const cookie = second.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const { secret } = await site.link('Kim', ['approver'], ['soc-tier2']);
    const entered = await site.visit(`/sign-in/${secret}`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin', cookie },
    });
    expect(entered.headers.get('location')).toBe(path);
    const kim = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const led = await site.visit(path, { headers: { cookie: kim } });
    expect([led.status, led.headers.get('location')]).toEqual([303, `/a/${seeded.approvalId}`]);
  });
});

describe('forwarded', () => {
  it('it gives nobody a right: each stands before the card as who they are, again and again', async () => {
    for (let n = 0; n < 2; n++) {
      for (const [visitor, allowed] of [
        [ann, true],
        [eve, false],
      ] as const) {
        const led = await visitor.get(path);
        expect([led.status, led.headers.get('location')]).toEqual([303, `/a/${seeded.approvalId}`]);
        const { text } = await visitor.get(`/a/${seeded.approvalId}`);
        expect(text.includes('value="approve"')).toBe(allowed);
      }
    }
    const noRole = await site.signIn('Nia', []);
    await noRole.get(path);
    expect((await noRole.get(`/a/${seeded.approvalId}`)).status).toBe(403);
    expect(site.useCases.calls).toEqual([]);
  });

  it('it is a link to one question and no key to another', async () => {
    const other = await seedWaitingRun(site.db.owner);
    const changed = path.replace(seeded.approvalId, other.approvalId);
    expect((await ann.get(changed)).status).toBe(403);
  });
});

describe('sent to one person', () => {
  let mine: string;
  beforeEach(async () => {
    mine = await linkOf(ann.person.id);
  });

  it('it leads that person to the card, however often, and a scanner uses nothing of it up', async () => {
    const before = await site.traces();
    for (let n = 0; n < 3; n++) {
      expect((await site.visit(mine)).status).toBe(401);
      expect((await ann.get(mine)).headers.get('location')).toBe(`/a/${seeded.approvalId}`);
    }
    expect(await site.traces()).toBe(before);
  });

  it('somebody else sees nothing of the question, and that they tried is written', async () => {
    const shown = await eve.get(mine);
    expect(shown.status).toBe(403);
    expect(shown.text).toContain('meant for somebody else');
    expect(shown.text).not.toMatch(/DB-1|Isolate|Ann|sha256|apr_/);
    expect(await refusals(eve.person.id)).toMatchObject([
      { type: 'auth.refused', outcome: 'denied', code: 'auth/not-your-link' },
    ]);
    expect(JSON.stringify(await refusals(eve.person.id))).toContain(seeded.approvalId);
    expect(JSON.stringify(await refusals(eve.person.id))).not.toContain(mine.split('.').at(-1));
  });

  it('whoever is to sign in first comes back to the link and not past it', async () => {
    const asked = await site.visit(mine);
    const cookie = asked.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    const { secret } = await site.link('Zoe', ['approver'], ['soc-tier2']);
    const entered = await site.visit(`/sign-in/${secret}`, {
      method: 'POST',
      headers: { 'sec-fetch-site': 'same-origin', cookie },
    });
    expect(entered.headers.get('location')).toBe(mine);
    const zoe = entered.headers.getSetCookie()[0]?.split(';')[0] ?? '';
    expect((await site.visit(mine, { headers: { cookie: zoe } })).status).toBe(403);
  });

  it('it cannot be addressed anew', async () => {
    for (const recipient of ['all', eve.person.id])
      expect((await eve.get(mine.replace(ann.person.id, recipient))).text).toContain('not ours');
    expect((await eve.get(path.replace('.all.', `.${eve.person.id}.`))).text).toContain('not ours');
  });
});

describe('replayed after a decision', () => {
  it.each([
    ['sent to one', () => linkOf(ann.person.id)],
    ['sent to many', async () => path],
  ])('%s: it has done its work for who decided, until they take it back', async (_which, link) => {
    const mine = await link();
    const decision = mintId('DecisionId');
    await site.db.owner.query(
      `insert into decisions (tenant_id, id, approval_id, person_id, decision, digest, comment, number)
       values ('default', $1, $2, $3, 'approve', $4, null, 1)`,
      [decision, seeded.approvalId, ann.person.id, seeded.digest],
    );
    const shown = await ann.get(mine);
    expect(shown.status).toBe(410);
    expect(shown.text).toContain('This link has done its work');
    expect(shown.text).toContain(`href="/a/${seeded.approvalId}"`);
    expect((await refusals(ann.person.id)).at(-1)).toMatchObject({ code: 'auth/used-link' });
    await site.db.owner.query(
      `insert into withdrawals (tenant_id, decision_id, approval_id, person_id) values ('default', $1, $2, $3)`,
      [decision, seeded.approvalId, ann.person.id],
    );
    expect((await ann.get(mine)).status).toBe(303);
  });

  it('one that many have is used up for nobody else', async () => {
    await site.db.owner.query(
      `insert into decisions (tenant_id, id, approval_id, person_id, decision, digest, comment, number)
       values ('default', $1, $2, $3, 'approve', $4, null, 1)`,
      [mintId('DecisionId'), seeded.approvalId, ann.person.id, seeded.digest],
    );
    expect((await ann.get(path)).status).toBe(410);
    expect((await eve.get(path)).status).toBe(303);
  });

  it('a loop of it does not fill the log', async () => {
    const mine = await linkOf(ann.person.id);
    const lou = await site.signIn('Lou', ['approver']);
    for (let n = 0; n < 70; n++) await lou.get(mine);
    expect((await refusals(lou.person.id)).length).toBeLessThanOrEqual(60);
  });
});

describe('another key', () => {
  const change = (revoke: boolean) =>
    changeLinkKey(
      { database: site.db.app, tenant: defaultTenant, mint: mintId },
      { revoke },
      { actor: { kind: 'person', id: ann.person.id, channel: 'api' }, requestId: 'req_keys' },
    );

  it('signs from then on, and what was signed before opens as long as it lives', async () => {
    const { key, oldUntil } = await change(false);
    const next = await linkOf(null);
    expect(next.split('.')[2]).toBe(String(key));
    expect(path.split('.')[2]).toBe(String(key - 1));
    for (const link of [path, next]) expect((await eve.get(link)).status).toBe(303);
    // Seven days, fifteen minutes more and a day for what was decided alone: no link lives longer.
    expect(Date.parse(String(oldUntil)) - Date.now()).toBeGreaterThan(8 * 24 * hour);
    await site.db.owner.query('update link_keys set opens_until = clock_timestamp() where id = $1', [
      key - 1,
    ]);
    expect((await eve.get(path)).text).toContain('not ours');
    expect((await eve.get(next)).status).toBe(303);
    expect(await refusals(ann.person.id, 'link.key-changed')).toMatchObject([
      { outcome: 'success', data: { key, revoked: false } },
    ]);
  });

  it('a link does not open under the name of another key', async () => {
    const { key } = await change(false);
    const parts = path.split('.');
    parts[2] = String(key);
    expect((await eve.get(parts.join('.'))).text).toContain('not ours');
  });

  it('after a leak no earlier link opens any more, of whichever key', async () => {
    const first = path;
    await change(false);
    const second = await linkOf(null);
    expect((await change(true)).oldUntil).toBeNull();
    for (const link of [first, second]) expect((await eve.get(link)).text).toContain('not ours');
    expect((await eve.get(await linkOf(null))).status).toBe(303);
  });

  it('an older key is not given more time by the next change', async () => {
    const { key } = await change(false);
    const until = async () =>
      (
        await site.db.owner.query<{ until: Date }>(
          'select opens_until as until from link_keys where id = $1',
          [key - 1],
        )
      ).rows[0]?.until.getTime();
    const before = await until();
    await change(false);
    expect(await until()).toBe(before);
  });

  it('two people who change it at once make two, one of which signs', async () => {
    const made = await Promise.all([change(false), change(false)]);
    expect(new Set(made.map(({ key }) => key)).size).toBe(2);
    const { rows } = await site.db.owner.query<{ id: number }>(
      "select id from link_keys where tenant_id = 'default' and opens_until is null",
    );
    expect(rows).toEqual([{ id: Math.max(...made.map(({ key }) => key)) }]);
  });
});

describe('changed or old', () => {
  it('it says so, whichever character was changed, and leads nowhere', async () => {
    const whole = path.slice('/n/'.length);
    const key = { id: 1, key: randomBytes(32) };
    const mine = signApprovalLink(key, 'default', {
      approvalId: 'apr_1',
      expiresAtMs: nowMs + hour,
      personId: 'per_1',
    });
    for (let at = 0; at < mine.length; at++) {
      const changed = mine.slice(0, at) + (mine[at] === 'A' ? 'B' : 'A') + mine.slice(at + 1);
      expect(openApprovalLink(key, 'default', changed, nowMs)).toMatchObject({ ok: false, why: 'broken' });
    }
    for (const text of [
      whole.slice(0, -1),
      `${whole}A`,
      whole.toUpperCase(),
      mine,
      'x',
      '%00',
      '..%2f..%2f',
    ]) {
      const shown = await ann.get(`/n/${text}`);
      expect(shown.status).toBe(403);
      expect(shown.text).toContain('This link is not ours');
      expect(shown.headers.getSetCookie()).toEqual([]);
    }
  });

  it('it does not last longer by saying so', async () => {
    const [id, expires, ...rest] = path.slice('/n/'.length).split('.');
    expect((await ann.get(`/n/${[id, Number(expires) + 86_400, ...rest].join('.')}`)).status).toBe(403);
  });

  it('of a question whose time is over it says that, and not before', async () => {
    nowMs += hour + 10 * 60_000;
    expect((await site.visit(path)).status).toBe(401);
    nowMs += 6 * 60_000;
    const shown = await site.visit(path);
    expect(shown.status).toBe(410);
    expect(shown.text).toContain('This link is too old');
    expect(shown.headers.getSetCookie()).toEqual([]);
  });

  it('with the key of another tenant or another installation it is not ours', async () => {
    const other = openApprovalLinks(site.db.app, 'other' as TenantId, 'http://127.0.0.1');
    expect(await other.open(path.slice('/n/'.length), nowMs)).toMatchObject({ ok: false, why: 'broken' });
    const sameKey = { id: 1, key: Buffer.alloc(32, 9) };
    const link = signApprovalLink(sameKey, 'default', {
      approvalId: 'apr_1',
      expiresAtMs: nowMs + hour,
      personId: null,
    });
    expect(openApprovalLink(sameKey, 'default', link, nowMs)).toMatchObject({ ok: true });
    expect(openApprovalLink(sameKey, 'other', link, nowMs)).toMatchObject({ ok: false, why: 'broken' });
  });

  it('two processes that make the key at once make one', async () => {
    const tenant = 'twice' as TenantId;
    const [one, two] = [1, 2].map(() => openApprovalLinks(site.db.app, tenant, 'http://127.0.0.1'));
    const notice = {
      approvalId: 'apr_1',
      personId: null,
      occasion: 'asked',
      expiresAtMs: nowMs + hour,
      nowMs,
    } as const;
    const made = await Promise.all([one?.linkTo(notice), two?.linkTo(notice)]);
    expect(made[0]).toBe(made[1]);
    const { rows } = await site.db.owner.query('select 1 from link_keys where tenant_id = $1', [tenant]);
    expect(rows).toHaveLength(1);
  });
});
