import { createHash } from 'node:crypto';
import type { EntryId, TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { type Entry, type EntryDraft, entryTypes } from '../contracts/entry.ts';
import { invariant } from '../contracts/invariant.ts';
import { canonicalText } from './canonical-text.ts';
import { copyData } from './copy-data.ts';
import { type Hash, leafHash } from './merkle.ts';
import { boundText } from './plain-text.ts';

/*
 * Turns what a caller says into the exact bytes that the log keeps for ever. Every field is admitted by
 * name: an unknown one stays out. What only our code can get wrong throws; what an alert or a person
 * can get wrong is repaired, cut and marked, because an odd alert must not undo a business change.
 * It knows neither clock nor index: the position in the tree is the index.
 */

export interface EncodedEntry {
  id: EntryId;
  /** RFC 8785, UTF-8, no newline: the leaf data, stored and served verbatim. */
  bytes: Uint8Array;
  /** SHA-256(0x00 || bytes). */
  leaf: Hash;
  entry: Entry;
  /** `data` when it did not fit; the entry then names its digest. Stored in `audit_beside`. */
  blob: EntryBlob | null;
}

export interface EntryBlob {
  sha256: Uint8Array;
  bytes: Uint8Array;
  mediaType: 'application/json';
}

/** The cap per entry. The tile format itself ends at 65,535, a uint16 length. */
export const entryBytesMax = 16_384;

/**
 * Bytes inside the entry, after JSON escaping. Together the longest fields, `targetsKept` targets and the
 * digest of `data` make about 15,000 bytes, so an entry without its `data` always fits.
 */
export const textLimits = {
  reason: 2_000,
  step: 512,
  connection: 256,
  requestId: 256,
  actorId: 320,
  onBehalfOf: 320,
  targetKind: 128,
  targetId: 512,
  targetName: 320,
  /** Ids, digests, keys and codes that we make ourselves: longer is a bug, not a long text. */
  word: 256,
} as const;

/** Targets that stay when all of them make the entry too big; the rest goes to the blob with `data`. */
export const targetsKept = 8;

/** Throws `InvariantBroken` on an unknown type, a float or an unsafe integer, a malformed id or digest. */
export function encodeEntry(
  draft: EntryDraft,
  given: { id: EntryId; nowMs: number; tenant: TenantId },
): EncodedEntry {
  const entry = admit(draft, given);
  const encoded = serialise(entry);
  if (encoded.length <= entryBytesMax) return finish(entry, encoded, null);

  const withoutData = { ...entry };
  if (entry.data !== undefined) {
    const blob = blobOf(entry.data);
    withoutData.data = digestOf(blob);
    const bytes = serialise(withoutData);
    if (bytes.length <= entryBytesMax) return finish(withoutData, bytes, blob);
  }

  const targets = entry.targets ?? [];
  const rest = blobOf({
    ...(entry.data === undefined ? {} : { data: entry.data }),
    targets: targets.map((target) => ({ ...target })),
  });
  const shortened = {
    ...entry,
    targets: targets.slice(0, targetsKept),
    data: { ...digestOf(rest), targets: targets.length },
  };
  const bytes = serialise(shortened);
  invariant(
    bytes.length <= entryBytesMax,
    `an entry without its data has ${bytes.length} of ${entryBytesMax} bytes`,
  );
  return finish(shortened, bytes, rest);
}

function admit(draft: EntryDraft, given: { id: EntryId; nowMs: number; tenant: TenantId }): Entry {
  invariant(
    entryTypes.includes(draft.type),
    () => `entry type ${JSON.stringify(draft.type)} is not in the list`,
  );
  invariant(
    actorKinds.has(draft.actor.kind),
    () => `actor kind ${JSON.stringify(draft.actor.kind)} is known`,
  );
  invariant(
    channels.has(draft.actor.channel),
    () => `channel ${JSON.stringify(draft.actor.channel)} is known`,
  );
  invariant(
    isEntryMs(given.nowMs),
    () => `entry time ${given.nowMs} is a whole millisecond of years 1970 to 9999`,
  );
  // In the order of RFC 8785, so that it is written as it stands.
  const entry: Partial<Entry> = {};
  if (draft.action !== undefined) entry.action = word(draft.action, 'action');
  if (draft.actionKey !== undefined) entry.actionKey = word(draft.actionKey, 'actionKey');
  entry.actor = {
    channel: draft.actor.channel,
    id: boundText(draft.actor.id, textLimits.actorId),
    kind: draft.actor.kind,
  };
  if (draft.alertId !== undefined) entry.alertId = word(draft.alertId, 'alertId');
  if (draft.approvalId !== undefined) entry.approvalId = word(draft.approvalId, 'approvalId');
  if (draft.attempt !== undefined) {
    invariant(
      Number.isSafeInteger(draft.attempt) && draft.attempt >= 0,
      () => `attempt ${draft.attempt} is a count`,
    );
    entry.attempt = draft.attempt;
  }
  if (draft.code !== undefined) entry.code = word(draft.code, 'code');
  if (draft.connection !== undefined) entry.connection = boundText(draft.connection, textLimits.connection);
  if (draft.data !== undefined) entry.data = copyData(draft.data);
  entry.id = word(given.id, 'id');
  if (draft.incidentId !== undefined) entry.incidentId = word(draft.incidentId, 'incidentId');
  if (draft.onBehalfOf !== undefined) entry.onBehalfOf = boundText(draft.onBehalfOf, textLimits.onBehalfOf);
  if (draft.outcome !== undefined) {
    invariant(outcomes.has(draft.outcome), () => `outcome ${JSON.stringify(draft.outcome)} is known`);
    entry.outcome = draft.outcome;
  }
  if (draft.planDigest !== undefined) {
    invariant(
      /^sha256:[0-9a-f]{64}$/.test(draft.planDigest),
      () => `planDigest ${draft.planDigest} is sha256:<hex>`,
    );
    entry.planDigest = draft.planDigest;
  }
  if (draft.playbook !== undefined) {
    entry.playbook = {
      digest: word(draft.playbook.digest, 'playbook.digest'),
      id: word(draft.playbook.id, 'playbook.id'),
      version: word(draft.playbook.version, 'playbook.version'),
    };
  }
  if (draft.reason !== undefined) entry.reason = boundText(draft.reason, textLimits.reason);
  if (draft.requestId !== undefined) entry.requestId = boundText(draft.requestId, textLimits.requestId);
  if (draft.runId !== undefined) entry.runId = word(draft.runId, 'runId');
  if (draft.simulated !== undefined) {
    invariant(draft.simulated === true, 'simulated is true or absent');
    entry.simulated = true;
  }
  if (draft.step !== undefined) entry.step = boundText(draft.step, textLimits.step);
  if (draft.targets !== undefined) entry.targets = draft.targets.map(admitTarget);
  entry.tenant = word(given.tenant, 'tenant');
  entry.time = new Date(given.nowMs).toISOString();
  entry.type = draft.type;
  entry.v = 1;
  return entry as Entry;
}

const actorKinds: ReadonlySet<string> = new Set(['person', 'service', 'playbook', 'system', 'source']);
const channels: ReadonlySet<string> = new Set(['api', 'cli', 'console', 'engine', 'worker', 'intake']);
const outcomes: ReadonlySet<string> = new Set(['success', 'failure', 'denied', 'unknown']);

function admitTarget(target: { kind: string; id: string; name?: string }) {
  const admitted: { kind: string; id: string; name?: string } = {
    id: boundText(target.id, textLimits.targetId),
    kind: boundText(target.kind, textLimits.targetKind),
  };
  if (target.name !== undefined) admitted.name = boundText(target.name, textLimits.targetName);
  return admitted;
}

/** Identifiers take no control characters: they end up in columns, where PostgreSQL has no U+0000. */
function word<Word extends string>(value: Word, field: string): Word {
  const fits = typeof value === 'string' && value.length > 0 && value.length <= textLimits.word;
  invariant(
    fits && /^[\x21-\x7e]+$/.test(value),
    () => `${field} is a printable identifier of at most ${textLimits.word} characters`,
  );
  return value;
}

/** Until 9999-12-31: later, and before 1970, RFC 3339 and `toISOString` no longer agree on the form. */
function isEntryMs(ms: number): boolean {
  return Number.isSafeInteger(ms) && ms >= 0 && ms < 253_402_300_800_000;
}

function blobOf(data: JsonObject): EntryBlob {
  const bytes = serialise(data);
  return {
    bytes,
    sha256: createHash('sha256').update(bytes).digest(),
    mediaType: 'application/json',
  };
}

/** The facts' own field names, as every reader of such a reference expects them. */
function digestOf(blob: EntryBlob): JsonObject {
  const sha256 = Buffer.from(blob.sha256).toString('hex');
  return { media_type: blob.mediaType, sha256, size: blob.bytes.length };
}

function serialise(value: object): Buffer {
  return Buffer.from(canonicalText(value), 'utf8');
}

function finish(entry: Entry, bytes: Uint8Array, blob: EntryBlob | null): EncodedEntry {
  return { id: entry.id, bytes, leaf: leafHash(bytes), entry, blob };
}
