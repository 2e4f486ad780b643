import { performance } from 'node:perf_hooks';
import { exactText } from '../../core/audit/exact-text.ts';
import { alarmAfterMs, retryDelayMs } from '../../core/outward/retry-delay.ts';
import { namesOf, type SealedEntry, streamEvent, wants } from '../../core/outward/stream-event.ts';
import { type Keeper, lookByClock } from '../look-by-clock.ts';
import { recordAudit } from '../record-audit.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import {
  type ClaimedStream,
  claimStreams,
  letStreamGo,
  movePosition,
  readOnward,
  type StreamRow,
  writeStreamFailure,
} from '../store/queries/outward-streams.ts';
import type { ApprovalLinks } from './approval-links.ts';
import { sendEvent } from './send-event.ts';
import { type StreamParts, sendTimeoutMs } from './stream-parts.ts';
import { fittingFrames, framesOf, writeFrames } from './tell-line.ts';

/*
 * Tells sealed entries outside: at least once, in the order of the log, one after the other per stream. The
 * position moves after the receiver's yes, so a death in between repeats an entry and never skips one. On a
 * line without answers the yes is its clean end, so a break repeats all that went over it. A stream that
 * fails waits by itself; the others do not wait for it.
 */

/** What telling them takes besides. */
export interface KeeperParts extends StreamParts {
  links: ApprovalLinks;
}

const lookMs = 1_000;
const leaseMs = 60_000;
/** No sending begins later than this after the claim: with its timeout and a margin it ends inside the lease. */
const sendWithinMs = leaseMs - 2 * sendTimeoutMs;

export function createStreamKeeper(parts: KeeperParts): Keeper {
  return lookByClock({
    everyMs: lookMs,
    pass: (stopping) => keepStreams(parts, stopping),
    failed: (error) => parts.log('warn', 'looking at streams failed; trying again', { error: String(error) }),
  });
}

/** Looks once; returns how many entries receivers took. */
export async function keepStreams(
  parts: KeeperParts,
  stopping: () => boolean = () => false,
): Promise<number> {
  const claimedAt = performance.now();
  const streams = await claimStreams(parts.database, parts.tenant, leaseMs);
  const late = () => performance.now() - claimedAt > sendWithinMs;
  const counts = await Promise.all(
    streams.map((stream) =>
      tell(parts, stream, late, stopping).catch((error) => {
        // The lease ends by itself; the entry is sent again then.
        parts.log('error', 'a stream could not be served', { stream: stream.id, error: String(error) });
        return 0;
      }),
    ),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

async function tell(
  parts: KeeperParts,
  stream: ClaimedStream,
  late: () => boolean,
  stopping: () => boolean,
): Promise<number> {
  let sent = 0;
  let at = stream.position;
  let failures = stream.attempts;
  for (;;) {
    const rows = await readOnward(parts.database, parts.tenant, stream.log, at);
    const passed = rows.at(-1);
    if (passed === undefined || late() || stopping()) break;
    const wanted = rows.filter(({ type }) => wants(stream.types, type));
    if (stream.kind !== 'webhook') {
      if (wanted.length === 0) {
        const move = { from: at, to: passed.index + 1, sent: false };
        if (!(await movePosition(parts.database, parts.tenant, stream, move))) return sent;
        at = move.to;
        continue;
      }
      const told = await tellLine(parts, stream, { at, rows, wanted }, late);
      if (told.error !== null) {
        await fail(parts, stream, told.error, failures + 1);
        return sent;
      }
      if (told.to === null) return sent;
      [failures, at] = [0, told.to];
      sent += told.sent;
      continue;
    }
    for (const row of wanted) {
      if (late() || stopping()) break;
      const error = await send(parts, stream, row, late);
      if (error !== null) {
        await fail(parts, stream, error, failures + 1);
        return sent;
      }
      failures = 0;
      const move = { from: at, to: row.index + 1, sent: true };
      if (!(await movePosition(parts.database, parts.tenant, stream, move))) return sent;
      at = move.to;
      sent += 1;
    }
    if (late() || stopping()) break;
    const move = { from: at, to: passed.index + 1, sent: false };
    if (move.to > at && !(await movePosition(parts.database, parts.tenant, stream, move))) return sent;
    at = move.to;
  }
  await letStreamGo(parts.database, parts.tenant, stream);
  return sent;
}

/** One connection for as much as fits; the position moves past all of it at once, or not at all. */
async function tellLine(
  parts: StreamParts,
  stream: LineOf,
  { at, rows, wanted }: { at: number; rows: StreamRow[]; wanted: StreamRow[] },
  late: () => boolean,
): Promise<{ error: string | null; to: number | null; sent: number }> {
  const frames = framesOf(
    parts,
    stream.kind,
    // A SIEM keeps what it is told for many to read: nobody is invited there to come and decide.
    wanted.map((row) => streamEvent(sealedOf(stream, row), null)),
  );
  const count = fittingFrames(frames);
  const error = await writeFrames(parts, stream, frames.slice(0, count), () => {
    if (late()) throw new Error('the stream was held too long');
  });
  if (error !== null) return { error, to: null, sent: 0 };
  const last = count === wanted.length ? rows.at(-1) : wanted[count - 1];
  const move = { from: at, to: (last?.index ?? at - 1) + 1, sent: true };
  const moved = await movePosition(parts.database, parts.tenant, stream, move);
  return { error: null, to: moved ? move.to : null, sent: count };
}

type LineOf = Extract<ClaimedStream, { kind: 'syslog' | 'json-lines' }>;
type WebhookOf = Extract<ClaimedStream, { kind: 'webhook' }>;

function sealedOf({ log }: ClaimedStream, { index, id, type, at, entry }: StreamRow): SealedEntry {
  return { index, log, id, type, at: at.toISOString(), text: exactText(entry) };
}

async function send(
  parts: KeeperParts,
  stream: WebhookOf,
  row: StreamRow,
  late: () => boolean,
): Promise<string | null> {
  const sealed = sealedOf(stream, row);
  const link = await parts.links.linkFor({ ...namesOf(sealed.text), type: row.type });
  const nowMs = await databaseNowMs(parts.database);
  const event = streamEvent(sealed, link);
  return await sendEvent(parts, stream, { id: row.id, nowMs, event }, () => {
    if (late()) throw new Error('the stream was held too long');
  });
}

async function fail(
  parts: KeeperParts,
  stream: ClaimedStream,
  error: string,
  failures: number,
): Promise<void> {
  const delayMs = retryDelayMs(failures, Math.random());
  await parts.database.transaction(async (tx) => {
    if (!(await writeStreamFailure(tx, parts.tenant, stream, { error, delayMs, alarmAfterMs }))) return;
    const entry = {
      type: 'stream.failing' as const,
      actor: { kind: 'system', id: 'streams', channel: 'engine' } as const,
      outcome: 'failure' as const,
      data: { stream: stream.id, error },
    };
    await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
    parts.log('error', 'a stream has been failing for a day', { stream: stream.id });
  });
}
