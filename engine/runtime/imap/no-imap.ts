import { type Imap, ImapFailure } from '../../core/contracts/imap.ts';

/** For what never comes to a mailbox. */
export const noImap: Imap = {
  visit: () => Promise.reject(new ImapFailure('No mail server is spoken to from here.', 'unsupported')),
};
