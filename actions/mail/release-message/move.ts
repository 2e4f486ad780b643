import type { JsonObject } from '../../../schemas/json.ts';
import { optionalText } from '../../client/read-input.ts';
import type { Move } from '../client/move-copy.ts';

export function moveOf(input: JsonObject): Move {
  return {
    action: 'moveToInbox',
    destination: 'inbox',
    state: 'released',
    comment: optionalText(input, 'comment', 'Released by Riposte'),
  };
}
