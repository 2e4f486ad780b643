import type { JsonObject } from '../../../schemas/json.ts';
import { optionalText } from '../../client/read-input.ts';
import type { Move } from '../client/move-copy.ts';

const moves = {
  inbox: { action: 'moveToInbox', destination: 'inbox' },
  junk: { action: 'moveToJunk', destination: 'junk' },
  deleted: { action: 'moveToDeletedItems', destination: 'deleted' },
} as const;

export function moveOf(input: JsonObject): Move {
  const { folder } = input;
  return {
    ...moves[folder === 'junk' || folder === 'deleted' ? folder : 'inbox'],
    state: 'released',
    comment: optionalText(input, 'comment', 'Released by Riposte'),
  };
}
