import type { JsonObject } from '../../../schemas/json.ts';

export function fakeReleaseMessage(input: JsonObject): JsonObject {
  return {
    state: 'released',
    location: typeof input.folder === 'string' ? input.folder : 'inbox',
    subject: 'Example subject',
    mailbox: typeof input.mailbox === 'string' ? input.mailbox : '',
    previous_location: 'quarantine',
  };
}
