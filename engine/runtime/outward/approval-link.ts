import { createHmac, timingSafeEqual } from 'node:crypto';

/*
 * The end of a link that leads to one approval: its id, until when it works, whom it was sent to, the name of the
 * key, and a signature that is good for this purpose only. It says that we sent it and to whom, and nothing about
 * who opens it: no right comes with it (audit facts 2.3, item 10).
 */

export interface ApprovalLink {
  approvalId: string;
  expiresAtMs: number;
  /** The one person it was sent to; null when it was sent to a place that many read. */
  personId: string | null;
}

export type OpenedLink =
  | { ok: true; approvalId: string; personId: string | null }
  | { ok: false; why: 'broken' }
  /** Signed by us, and too old. */
  | { ok: false; why: 'expired'; approvalId: string; personId: string | null; expiredAtMs: number };

export interface LinkKey {
  id: number;
  key: Buffer;
}

const everybody = 'all';
const form =
  /^(apr_[A-Za-z0-9-]{1,64})\.([1-9][0-9]{0,10})\.([1-9][0-9]{0,5})\.(all|per_[A-Za-z0-9-]{1,64})\.([A-Za-z0-9_-]{43})$/;

export function signApprovalLink({ id, key }: LinkKey, tenant: string, link: ApprovalLink): string {
  const seconds = Math.ceil(link.expiresAtMs / 1000);
  const said = [link.approvalId, String(seconds), String(id), link.personId ?? everybody];
  return [...said, signature(key, tenant, said).toString('base64url')].join('.');
}

/** Which key a link names; null when it has no form of ours. */
export function keyOfLink(text: string): number | null {
  const id = form.exec(text)?.[3];
  return id === undefined ? null : Number(id);
}

export function openApprovalLink(key: LinkKey, tenant: string, text: string, nowMs: number): OpenedLink {
  const [, ...parts] = form.exec(text) ?? [];
  const [approvalId, expires, keyId, recipient, given] = parts;
  if (approvalId === undefined || given === undefined || Number(keyId) !== key.id)
    return { ok: false, why: 'broken' };
  const seconds = Number(expires);
  const wanted = signature(key.key, tenant, parts.slice(0, 4));
  const sent = Buffer.from(given, 'base64url');
  // The last character has two bits that mean nothing; only the form that we make is ours.
  const same = sent.length === wanted.length && timingSafeEqual(sent, wanted);
  if (!same || sent.toString('base64url') !== given) return { ok: false, why: 'broken' };
  const personId = recipient === everybody ? null : (recipient ?? null);
  if (nowMs < seconds * 1000) return { ok: true, approvalId, personId };
  return { ok: false, why: 'expired', approvalId, personId, expiredAtMs: seconds * 1000 };
}

/** Purpose, tenant and what is said, each on a line of its own: none of them can be read as another. */
function signature(key: Buffer, tenant: string, said: readonly string[]): Buffer {
  const signed = ['riposte/approval-link/v2', tenant, ...said].join('\n');
  return createHmac('sha256', key).update(signed, 'utf8').digest();
}
