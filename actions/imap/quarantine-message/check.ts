import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { messageOf } from '../client/message-key.ts';
import { placesOf, toldOf } from '../client/told-outputs.ts';
import { quarantineFolder, visit } from '../client/visit.ts';
import { outputsOf } from './perform.ts';
import { standingOf } from './standing.ts';

/**
 * Where it lies now; asked after a lost answer and before it is taken back. A uid does not come again, so a copy that
 * is not under its own any more and whose Message-ID lies in the quarantine is the one that was moved there.
 */
export async function checkQuarantineMessage(
  context: ActionContext,
  input: JsonObject,
): Promise<CheckOutcome> {
  const message = messageOf(input);
  if (!message.ok) return { kind: 'unknown', message: message.failure.message };
  const { key } = message;
  const visited = await visit(context, key.mailbox, (mailbox) =>
    standingOf(mailbox, key, quarantineFolder(context.connection)),
  );
  if (visited.kind !== 'done')
    return {
      kind: 'unknown',
      message: visited.kind === 'unknown' ? visited.message : visited.failure.message,
    };
  const { quarantine, outside, inside, elsewhere } = visited.value;
  if (outside.length > 0) return { kind: 'absent', shows: { location: placesOf(outside) } };
  if (inside !== null) {
    // The key of a copy says where it lay also when the answer that would have said it was lost.
    const lay = key.copy === null ? {} : { folder: key.copy.folder };
    return { kind: 'present', outputs: { ...outputsOf(key, quarantine), ...toldOf(inside), ...lay } };
  }
  if (key.messageId === null)
    return {
      kind: 'unknown',
      message: 'It is not where it was, and without a Message-ID it cannot be found again.',
    };
  return { kind: 'absent', shows: { location: elsewhere.length === 0 ? 'nowhere' : placesOf(elsewhere) } };
}
