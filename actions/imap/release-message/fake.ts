import type { JsonObject } from '../../../schemas/json.ts';

export function fakeReleaseMessage(input: JsonObject): JsonObject {
  const message = typeof input.message === 'string' ? input.message : '';
  return {
    state: 'released',
    mailbox: message.slice(0, Math.max(message.indexOf('/'), 0)),
    location: typeof input.folder === 'string' ? input.folder : 'INBOX',
    subject: 'Example subject',
    from: 'sender@example.com',
    flags: [],
    copies: 1,
  };
}
