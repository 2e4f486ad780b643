import { performance } from 'node:perf_hooks';
import { noticeText } from '../../core/approval/notice-text.ts';
import type { ActionOutcome } from '../../core/contracts/action.ts';
import type { EntryDraft } from '../../core/contracts/entry.ts';
import { retryDelayMs } from '../../core/outward/retry-delay.ts';
import { type Keeper, lookByClock } from '../look-by-clock.ts';
import { recordAudit } from '../record-audit.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import {
  type ClaimedNotice,
  claimNotices,
  findRecipient,
  type NoticeEnd,
  type NoticeSubject,
  readSubject,
  settleNotice,
  tellNextOfWave,
} from '../store/queries/notices.ts';
import { type NoticeParts, tellTimeoutMs } from './notice-parts.ts';
import { routeOf } from './route-notice.ts';

/*
 * Tells people about questions, in the worker, as it is the one who has the secrets. At least once, and to one
 * destination in order: the row is settled after the receiver's yes, so a death in between tells again and never
 * skips. What fails is tried again until its question is closed; what cannot ever arrive says so at once.
 */

const lookMs = 1_000;
const leaseMs = 90_000;
/** A destination that hangs holds up its own pass only. */
const passesMax = 4;

export function createNoticeKeeper(parts: NoticeParts): Keeper {
  return lookByClock({
    everyMs: lookMs,
    passesMax,
    pass: (stopping) => keepNotices(parts, stopping),
    failed: (error) => parts.log('warn', 'telling people failed; trying again', { error: String(error) }),
  });
}

/** Tells what is due; returns how many were settled for good. */
export async function keepNotices(
  parts: NoticeParts,
  stopping: () => boolean = () => false,
): Promise<number> {
  let settled = 0;
  for (;;) {
    const claimedAt = performance.now();
    const claimed = await parts.database.transaction((tx) => claimNotices(tx, parts.tenant, leaseMs));
    if (claimed.length === 0) return settled;
    const late = () => performance.now() - claimedAt > leaseMs - tellTimeoutMs;
    const ends = await Promise.all(
      claimed.map((notice) =>
        tellOne(parts, notice, late).catch((error) => {
          // The lease ends by itself, and it is told again.
          parts.log('error', 'a notice could not be worked on', { error: String(error) });
          return false;
        }),
      ),
    );
    settled += ends.filter((ended) => ended).length;
    if (stopping()) return settled;
  }
}

async function tellOne(parts: NoticeParts, notice: ClaimedNotice, late: () => boolean): Promise<boolean> {
  const subject = await readSubject(parts.database, parts.tenant, notice.approvalId);
  if (subject === null) throw new Error('an approval disappeared; the database refuses deleting them');
  // A closed question invites nobody; what was decided alone is told because it is closed.
  const over = notice.occasion !== 'break-glass' && subject.closed;
  const end: NoticeEnd = over
    ? { state: 'dropped', error: null }
    : endOf(await deliver(parts, notice, subject, late), notice);
  await parts.database.transaction(async (tx) => {
    if (!(await settleNotice(tx, parts.tenant, notice, end))) return;
    const { heldBy } = subject;
    const spokeForAll = notice.occasion === 'asked' || notice.occasion === 'reminded';
    if (end.state === 'dropped' && spokeForAll && heldBy !== null)
      await tellNextOfWave(tx, parts.tenant, heldBy);
    const entries = entriesOf(notice, subject, end);
    if (entries.length > 0) await recordAudit(tx, parts.tenant, await databaseNowMs(tx), entries, parts.mint);
  });
  parts.onEntries?.();
  return end.state !== 'due';
}

async function deliver(
  parts: NoticeParts,
  notice: ClaimedNotice,
  subject: NoticeSubject,
  late: () => boolean,
): Promise<ActionOutcome> {
  const route = routeOf(parts, notice.destination);
  if (!route.ok)
    return { kind: 'failed', failure: { code: 'misconfigured', kind: 'terminal', message: route.objection } };
  const personId = await findRecipient(parts.database, parts.tenant, route.to);
  const link = await parts.links.linkTo({ ...notice, ...subject, personId });
  const text = noticeText({ ...notice, ...subject });
  const outcome = await route.send(
    {
      ...text,
      to: route.to,
      link,
      key: `${notice.approvalId}.${notice.number}`,
    },
    () => {
      if (late()) throw new Error('the notice was held too long');
    },
  );
  const { system, id } = route.connection;
  parts.calls?.note(system, id, { of: 'action', outcome });
  return outcome;
}

/** @returns what becomes of the row; an unknown outcome is told again, since twice is better than never */
function endOf(outcome: ActionOutcome, { attempts }: ClaimedNotice): NoticeEnd {
  switch (outcome.kind) {
    case 'succeeded':
    case 'accepted':
      return { state: 'told', error: null };
    case 'unknown':
      return retry(outcome.message, attempts);
    case 'failed': {
      const { kind, message, retryAfterMs = 0 } = outcome.failure;
      if (kind === 'terminal') return { state: 'failed', error: message.slice(0, 500) };
      return retry(message, attempts, retryAfterMs);
    }
  }
}

const waitMsMax = 300_000;

function retry(message: string, attempts: number, atLeastMs = 0): NoticeEnd {
  const delayMs = Math.max(retryDelayMs(attempts + 1, Math.random()), Math.min(atLeastMs, waitMsMax));
  return { state: 'due', error: message.slice(0, 500), delayMs };
}

/** The first failure is told and the end of it, not each try in between. */
function entriesOf(notice: ClaimedNotice, subject: NoticeSubject, end: NoticeEnd): EntryDraft[] {
  const about = {
    actor: { kind: 'system', id: 'notices', channel: 'engine' } as const,
    runId: subject.runId,
    step: subject.step,
    approvalId: notice.approvalId,
    planDigest: subject.digest,
  };
  const { destination, occasion } = notice;
  if (end.state === 'told') {
    const data = { destination, occasion, tries: notice.attempts + 1 };
    return [{ type: 'approval.told', ...about, outcome: 'success', data }];
  }
  if (end.state === 'due' && notice.attempts > 0) return [];
  const reason =
    end.state === 'dropped'
      ? 'the question was closed before it could be told'
      : `${end.error}${end.state === 'due' ? '; trying again' : ''}`;
  return [
    {
      type: 'approval.not-told',
      ...about,
      outcome: 'failure',
      code: 'approval/not-told',
      reason: reason.slice(0, 500),
      data: { destination, occasion, state: end.state },
    },
  ];
}
