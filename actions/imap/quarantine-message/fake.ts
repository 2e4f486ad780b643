import type { JsonObject } from '../../../schemas/json.ts';

export function fakeQuarantineMessage(input: JsonObject): JsonObject {
  const message = typeof input.message === 'string' ? input.message : '';
  return {
    state: 'quarantined',
    mailbox: message.slice(0, Math.max(message.indexOf('/'), 0)),
    location: 'Quarantine',
    folder: 'INBOX',
    subject: 'Example subject',
    from: 'sender@example.com',
    flags: [],
    copies: 1,
    kept_as: '1:1',
  };
}
