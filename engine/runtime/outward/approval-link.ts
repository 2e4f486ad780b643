import { createHmac, timingSafeEqual } from 'node:crypto';

/*
 * The end of a link that leads to one approval: its id, until when it works, and a signature that is good for
 * this purpose only. It says that we sent it and nothing about who opens it: no right comes with it, so that it
 * may be forwarded, scanned and opened twice (audit facts 2.3, item 10).
 */

export interface ApprovalLink {
  approvalId: string;
  expiresAtMs: number;
}

export type OpenedLink =
  | { ok: true; approvalId: string }
  | { ok: false; why: 'broken' }
  /** Signed by us, and too old. */
  | { ok: false; why: 'expired'; approvalId: string; expiredAtMs: number };

const form = /^(apr_[A-Za-z0-9-]{1,64})\.([1-9][0-9]{0,10})\.([A-Za-z0-9_-]{43})$/;

export function signApprovalLink(key: Buffer, tenant: string, link: ApprovalLink): string {
  const seconds = Math.ceil(link.expiresAtMs / 1000);
  return `${link.approvalId}.${seconds}.${signature(key, tenant, link.approvalId, seconds).toString('base64url')}`;
}

export function openApprovalLink(key: Buffer, tenant: string, text: string, nowMs: number): OpenedLink {
  const [, approvalId, expires, given] = form.exec(text) ?? [];
  if (approvalId === undefined || expires === undefined || given === undefined)
    return { ok: false, why: 'broken' };
  const seconds = Number(expires);
  const wanted = signature(key, tenant, approvalId, seconds);
  const sent = Buffer.from(given, 'base64url');
  // The last character has two bits that mean nothing; only the form that we make is ours.
  const same = sent.length === wanted.length && timingSafeEqual(sent, wanted);
  if (!same || sent.toString('base64url') !== given) return { ok: false, why: 'broken' };
  if (nowMs < seconds * 1000) return { ok: true, approvalId };
  return { ok: false, why: 'expired', approvalId, expiredAtMs: seconds * 1000 };
}

/** Purpose, tenant, id and end, each on a line of its own: none of them can be read as another. */
function signature(key: Buffer, tenant: string, approvalId: string, seconds: number): Buffer {
  const signed = ['riposte/approval-link/v1', tenant, approvalId, String(seconds)].join('\n');
  return createHmac('sha256', key).update(signed, 'utf8').digest();
}
