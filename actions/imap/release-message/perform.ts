import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { ImapMailbox } from '../../../engine/core/contracts/imap.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { messageOf } from '../client/message-key.ts';
import { moveLot } from '../client/move-lot.ts';
import { placesOf, toldOf } from '../client/told-outputs.ts';
import { quarantineFolder, visit } from '../client/visit.ts';
import { standingOf, type Wanted, wantedOf } from './standing.ts';

export async function performReleaseMessage(
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const message = messageOf(input);
  if (!message.ok) return failed(message.failure);
  const wanted = wantedOf(input, message.key, quarantineFolder(context.connection));
  if (wanted === null)
    return failed(terminal('invalid-request', 'kept_as is not what imap.quarantine-message told.'));
  const visited = await visit(context, message.key.mailbox, (mailbox) => release(mailbox, wanted));
  if (visited.kind === 'done') return visited.value;
  return visited.kind === 'unknown' ? visited : failed(visited.failure);
}

async function release(mailbox: ImapMailbox, wanted: Wanted): Promise<ActionOutcome> {
  const { to, inside, outside } = await standingOf(mailbox, wanted);
  const [lot] = outside;
  const { mailbox: name } = wanted.key;
  if (inside === null && lot !== undefined) {
    const outputs = { state: 'released', mailbox: name, ...toldOf(lot), location: placesOf(outside) };
    return { kind: 'succeeded', outputs, changed: false };
  }
  if (inside === null)
    return failed(
      terminal('not-found', 'The message is neither in the quarantine folder nor outside of it.'),
    );
  const moved = await moveLot(mailbox, wanted.key, inside, to);
  if (!moved.ok) return moved.outcome;
  const outputs = { state: 'released', mailbox: name, ...toldOf(inside), location: to };
  return { kind: 'succeeded', outputs, changed: true };
}
