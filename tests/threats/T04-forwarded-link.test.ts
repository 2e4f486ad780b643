import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { openApprovalLink, signApprovalLink } from '../../engine/runtime/outward/approval-link.ts';
import { openApprovalLinks } from '../../engine/runtime/outward/approval-links.ts';
import type { TenantId } from '../../schemas/ids.ts';
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
    expect(entered.headers.get('location')).toBe(`/a/${seeded.approvalId}`);
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
