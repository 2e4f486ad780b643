import type { Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import type { AnalyzedMail } from '../client/analyzed-mail.ts';

/** What is looked for; texts are folded for comparing. */
export interface Criteria {
  sender: string | null;
  subject: string | null;
  recipient: string | null;
  networkMessageId: string | null;
  attachmentSha256: string | null;
  withinMs: number;
  limit: number;
}

const unitMs: { [unit: string]: number } = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** The vendor keeps analysed mail for 30 days. */
const maxWithinMs = 30 * 86_400_000;
const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

const narrowing = ['sender', 'subject', 'recipient', 'network_message_id', 'attachment_sha256'];

export function readCriteria(
  input: JsonObject,
): { ok: true; criteria: Criteria } | { ok: false; failure: Failure } {
  const criteria: Criteria = {
    sender: folded(input.sender),
    subject: folded(input.subject),
    recipient: folded(input.recipient),
    networkMessageId: folded(input.network_message_id),
    attachmentSha256: folded(input.attachment_sha256),
    withinMs: durationMs(typeof input.received_within === 'string' ? input.received_within : '7d'),
    limit: typeof input.limit === 'number' ? input.limit : 1000,
  };
  // left out in silence, it would find every mail that fits the others
  const blank = narrowing.find((name) => typeof input[name] === 'string' && folded(input[name]) === null);
  if (blank !== undefined) return refuse(`${blank} is blank; search by network_message_id instead.`);
  const { sender, subject, networkMessageId, attachmentSha256 } = criteria;
  if (sender === null && subject === null && networkMessageId === null && attachmentSha256 === null) {
    return refuse('A search needs a sender, a subject, a network message id or the hash of an attachment.');
  }
  if (attachmentSha256 !== null && !/^[0-9a-f]{64}$/.test(attachmentSha256)) {
    return refuse('attachment_sha256 is not a SHA-256 in hexadecimal digits.');
  }
  if (networkMessageId !== null && !guid.test(networkMessageId)) {
    return refuse('network_message_id is not a GUID.');
  }
  if (!(criteria.withinMs > 0 && criteria.withinMs <= maxWithinMs)) {
    return refuse('received_within must be a duration of at most 30d.');
  }
  return { ok: true, criteria };
}

export function matches(mail: AnalyzedMail, criteria: Criteria): boolean {
  const fits = (wanted: string | null, found: string | null) => wanted === null || wanted === folded(found);
  return (
    (fits(criteria.sender, mail.sender) || fits(criteria.sender, mail.envelopeSender)) &&
    fits(criteria.subject, mail.subject) &&
    fits(criteria.recipient, mail.mailbox) &&
    fits(criteria.networkMessageId, mail.networkMessageId) &&
    (criteria.attachmentSha256 === null || mail.attachmentHashes.includes(criteria.attachmentSha256))
  );
}

function folded(value: unknown): string | null {
  const text = typeof value === 'string' ? value.trim().toLowerCase() : '';
  return text === '' ? null : text;
}

function durationMs(text: string): number {
  const parts = /^(\d{1,6})([smhd])$/.exec(text);
  return Number(parts?.[1]) * (unitMs[parts?.[2] ?? ''] ?? Number.NaN);
}

function refuse(message: string): { ok: false; failure: Failure } {
  return { ok: false, failure: terminal('invalid-request', message) };
}
