import type { JsonObject } from '../../../schemas/json.ts';
import { optionalText } from '../../client/read-input.ts';
import type { Move } from '../client/move-copy.ts';

export function moveOf(input: JsonObject): Move {
  return {
    action: 'moveToQuarantine',
    destination: 'quarantine',
    state: 'quarantined',
    comment: optionalText(input, 'comment', 'Quarantined by Riposte'),
  };
}
