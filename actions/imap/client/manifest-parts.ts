import type { JsonObject } from '../../../schemas/json.ts';

/** What the manifests of this system have in common. */
export const messageArgument: JsonObject = {
  description:
    '`mailbox/<Message-ID>` for every copy of it in one mailbox, or the key of one copy, as `imap.search-messages` gives it.',
  type: 'string',
  minLength: 1,
  maxLength: 4096,
};

export const permissions = {
  read: 'IMAP: sign in to the mailboxes of others',
  move: 'IMAP: move messages and make folders in them',
};

export const docs = {
  imap: 'https://www.rfc-editor.org/rfc/rfc3501',
  move: 'https://www.rfc-editor.org/rfc/rfc6851',
};

export const copyOutputs: { [name: string]: JsonObject } = {
  mailbox: { description: 'Login name of the mailbox.', type: 'string' },
  location: { description: 'Folder that it lies in now.', type: 'string' },
  subject: { description: 'Subject of the message.', type: 'string' },
  from: { description: 'Sender address, as the message says.', type: 'string' },
  flags: {
    description: 'Flags that it has, e.g. `\\Seen`; they go along with it.',
    type: 'array',
    items: { type: 'string' },
  },
  copies: { description: 'How many copies with this Message-ID it is about.', type: 'integer' },
};
