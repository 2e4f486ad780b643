import type { JsonObject } from '../../../schemas/json.ts';

export function fakeReleaseMessage(input: JsonObject): JsonObject {
  return {
    state: 'released',
    location: 'inbox',
    subject: 'Example subject',
    mailbox: typeof input.mailbox === 'string' ? input.mailbox : '',
    previous_location: 'quarantine',
  };
}
