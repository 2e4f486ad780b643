import type { JsonObject } from '../../../schemas/json.ts';

export function fakeQuarantineMessage(input: JsonObject): JsonObject {
  return {
    state: 'quarantined',
    location: 'quarantine',
    subject: 'Example subject',
    mailbox: typeof input.mailbox === 'string' ? input.mailbox : '',
    previous_location: 'inbox',
    folder: 'inbox',
  };
}
