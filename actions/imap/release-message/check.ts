import type { ActionContext, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { messageOf } from '../client/message-key.ts';
import { placesOf, toldOf } from '../client/told-outputs.ts';
import { quarantineFolder, visit } from '../client/visit.ts';
import { standingOf, wantedOf } from './standing.ts';

/** Released is what the quarantine does not hold any more and another folder does. */
export async function checkReleaseMessage(context: ActionContext, input: JsonObject): Promise<CheckOutcome> {
  const message = messageOf(input);
  if (!message.ok) return { kind: 'unknown', message: message.failure.message };
  const wanted = wantedOf(input, message.key, quarantineFolder(context.connection));
  if (wanted === null)
    return { kind: 'unknown', message: 'kept_as is not what imap.quarantine-message told.' };
  const { mailbox: name, messageId } = message.key;
  const visited = await visit(context, name, (mailbox) => standingOf(mailbox, wanted));
  if (visited.kind !== 'done')
    return {
      kind: 'unknown',
      message: visited.kind === 'unknown' ? visited.message : visited.failure.message,
    };
  const { quarantine, inside, outside } = visited.value;
  if (inside !== null) return { kind: 'absent', shows: { location: quarantine } };
  const [lot] = outside;
  if (lot !== undefined) {
    const outputs = { state: 'released', mailbox: name, ...toldOf(lot), location: placesOf(outside) };
    return { kind: 'present', outputs };
  }
  if (messageId === null)
    return {
      kind: 'unknown',
      message: 'It is not in quarantine, and without a Message-ID it cannot be found again.',
    };
  return { kind: 'absent', shows: { location: 'nowhere' } };
}
