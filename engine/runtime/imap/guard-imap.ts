import { type Imap, ImapFailure, type ImapMailbox } from '../../core/contracts/imap.ts';

/**
 * Runs `check` before each visit and again right before every command that changes something: a throw refuses it. And
 * takes secrets out of whatever the server says, because some repeat what they were sent.
 *
 * @throws ImapFailure `before-send`, with what `check` threw as its cause.
 */
export function guardImap(imap: Imap, check: () => void, hide: (text: string) => string): Imap {
  const refuse = (): void => {
    try {
      check();
    } catch (cause) {
      throw new ImapFailure('It was refused before it was sent.', 'timeout', { cause });
    }
  };
  return {
    async visit(access, visit, work) {
      refuse();
      return await imap.visit(access, { ...visit, beforeSend: refuse }, (mailbox) =>
        work(hiding(mailbox, hide)),
      );
    },
  };
}

/** Names of folders stay as they are: they are said back to the server, and a message cannot write into them. */
function hiding(mailbox: ImapMailbox, hide: (text: string) => string): ImapMailbox {
  return {
    ...mailbox,
    async find(folder, query, max) {
      const found = await mailbox.find(folder, query, max);
      return (
        found && {
          ...found,
          copies: found.copies.map((copy) => ({
            ...copy,
            messageIds: copy.messageIds.map(hide),
            subject: hide(copy.subject),
            from: hide(copy.from),
            flags: copy.flags.map(hide),
          })),
        }
      );
    },
  };
}
