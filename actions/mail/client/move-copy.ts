import type { ActionContext, ActionOutcome, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { plainLine } from '../../client/plain-line.ts';
import { nonEmptyTextOf } from '../../client/read-field.ts';
import { pollMs } from '../../client/read-setting.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { type AnalyzedMail, isOutOfReach, type Place } from './analyzed-mail.ts';
import { bulkIdOf } from './bulk-id.ts';
import { readCopy } from './read-copy.ts';

/** A remediation: the vendor's word for it, the place where it ends, and ours for the state. */
export interface Move {
  action: 'moveToQuarantine' | 'moveToInbox' | 'moveToJunk' | 'moveToDeletedItems';
  destination: Place;
  state: 'quarantined' | 'released';
  comment: string;
}

/** Where a copy can be put back (facts 5.5). */
const folders: readonly Place[] = ['inbox', 'junk', 'deleted'];

/**
 * Re-read after 1, 3, 10 and 30 minutes, then every 20 (facts 5.5): gaps in multiples of the base
 * interval of 5 s. There is no call to ask how a remediation is doing.
 */
const pollFactors = [12, 24, 84, 240];

export async function moveCopy(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  move: Move,
): Promise<ActionOutcome> {
  const copy = await readCopy(graph, context, input);
  if (!copy.ok) return failed(copy.failure);
  const { mail } = copy;
  if (mail.place === move.destination) {
    return { kind: 'succeeded', outputs: moveOutputs(mail, move, {}), changed: false };
  }
  if (isOutOfReach(mail.place)) {
    return failed(
      terminal(
        'unsupported-target',
        'The message lies where remediation does not reach: outside the tenant, or never delivered.',
      ),
    );
  }

  const writing = await graph.write(context, 'POST', '/security/collaboration/analyzedEmails/remediate', {
    displayName: `Riposte ${context.actionKey}`,
    description: plainLine(move.comment, 1000),
    severity: 'high',
    action: move.action,
    remediateSendersCopy: false,
    analyzedEmails: [{ id: mail.id }],
  });
  if (writing.kind === 'unknown') return writing;
  if (writing.kind === 'refused') return failed(writing.failure);
  const bulkId = bulkIdOf(writing.headers.location ?? '');
  const handle: JsonObject = {
    previous_location: mail.place,
    polls: 0,
    ...(bulkId === null ? {} : { bulk_id: bulkId }),
  };
  return { kind: 'accepted', handle, pollAfterMs: gapMs(context, 0) };
}

/** Done when the copy lies where it should; until then the step's deadline decides how long to believe in it. */
export async function confirmMove(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  handle: JsonObject,
  move: Move,
): Promise<ActionOutcome> {
  const copy = await readCopy(graph, context, input);
  if (!copy.ok) return failed(copy.failure);
  if (copy.mail.place === move.destination) {
    const outputs = moveOutputs(copy.mail, move, handle);
    return { kind: 'succeeded', outputs, ...(hasWayBack(move, handle) && { changed: true }) };
  }
  const polls = (typeof handle.polls === 'number' ? handle.polls : 0) + 1;
  return { kind: 'accepted', handle: { ...handle, polls }, pollAfterMs: gapMs(context, polls) };
}

/**
 * Where the copy lies now. A remediation that was lost on the way cannot be told from one that is
 * still running; ordering it again does no harm ("already in destination" counts as fine).
 */
export async function checkMove(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  move: Move,
): Promise<CheckOutcome> {
  const copy = await readCopy(graph, context, input);
  if (!copy.ok) return { kind: 'unknown', message: copy.failure.message };
  if (copy.mail.place !== move.destination) return { kind: 'absent', shows: { location: copy.mail.place } };
  return { kind: 'present', outputs: moveOutputs(copy.mail, move, {}) };
}

/** A copy is taken back into quarantine; one that was released from elsewhere was never there, so a person is asked. */
function hasWayBack(move: Move, handle: JsonObject): boolean {
  return move.state === 'quarantined' || handle.previous_location === 'quarantine';
}

function gapMs(context: ActionContext, polls: number): number {
  const factor = pollFactors[Math.min(polls, pollFactors.length - 1)] ?? 1;
  return pollMs(context.connection) * factor;
}

function moveOutputs(mail: AnalyzedMail, move: Move, handle: JsonObject): JsonObject {
  const bulkId = nonEmptyTextOf(handle, 'bulk_id');
  const previous = nonEmptyTextOf(handle, 'previous_location');
  const folder = move.state === 'quarantined' ? folders.find((each) => each === previous) : undefined;
  return {
    state: move.state,
    location: mail.place,
    subject: mail.subject,
    ...(mail.mailbox === null ? {} : { mailbox: mail.mailbox }),
    ...(previous === null ? {} : { previous_location: previous }),
    ...(folder === undefined ? {} : { folder }),
    ...(bulkId === null ? {} : { bulk_id: bulkId }),
  };
}
