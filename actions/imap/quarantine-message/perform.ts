import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { ImapMailbox } from '../../../engine/core/contracts/imap.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { type MessageKey, messageOf } from '../client/message-key.ts';
import { moveLot } from '../client/move-lot.ts';
import { placesOf, toldOf } from '../client/told-outputs.ts';
import { quarantineFolder, visit } from '../client/visit.ts';
import { standingOf } from './standing.ts';

export async function performQuarantineMessage(
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const message = messageOf(input);
  if (!message.ok) return failed(message.failure);
  const { key } = message;
  const visited = await visit(context, key.mailbox, (mailbox) =>
    quarantine(mailbox, key, quarantineFolder(context.connection)),
  );
  if (visited.kind === 'done') return visited.value;
  return visited.kind === 'unknown' ? visited : failed(visited.failure);
}

async function quarantine(mailbox: ImapMailbox, key: MessageKey, folder: string): Promise<ActionOutcome> {
  const standing = await standingOf(mailbox, key, folder);
  const { outside, inside, elsewhere } = standing;
  const [lot, ...more] = outside;
  if (lot === undefined && inside !== null) {
    const outputs = { ...outputsOf(key, standing.quarantine), ...toldOf(inside) };
    return { kind: 'succeeded', outputs, changed: false };
  }
  if (lot === undefined) {
    const where = elsewhere.length === 0 ? '' : ` A copy with its Message-ID lies in ${placesOf(elsewhere)}.`;
    return failed(terminal('not-found', `The message does not lie where it should.${where}`));
  }
  // One command moves out of one folder, and half of it done would be half of it forgotten.
  if (more.length > 0) {
    return failed(
      terminal(
        'conflict',
        `Copies lie in ${outside.length} folders (${placesOf(outside)}): imap.search-messages names each, quarantine each by its key.`,
      ),
    );
  }
  await mailbox.make(standing.quarantine);
  const moved = await moveLot(mailbox, key, lot, standing.quarantine);
  if (!moved.ok) return moved.outcome;
  return {
    kind: 'succeeded',
    outputs: {
      ...outputsOf(key, standing.quarantine),
      ...toldOf(lot),
      folder: lot.folder,
      ...(moved.keptAs !== null && { kept_as: moved.keptAs }),
    },
    changed: true,
  };
}

export function outputsOf({ mailbox }: MessageKey, location: string): JsonObject {
  return { state: 'quarantined', mailbox, location };
}
