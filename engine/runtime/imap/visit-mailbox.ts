import { type Imap, ImapFailure, type ImapMailbox, type ImapVisit } from '../../core/contracts/imap.ts';
import type { Sockets } from '../http/open-socket.ts';
import { explain } from './explain-failure.ts';
import { fewAtOnce } from './few-at-once.ts';
import { findCopies } from './find-copies.ts';
import { listFolders, nameOf } from './list-folders.ts';
import { makeFolder, moveCopies } from './move-copies.ts';
import { openSession, type Session } from './open-session.ts';

/** Dovecot admits ten connections of one person from one address, and two workers may stand on one machine. */
const atOnceMax = 4;

/** The way to mail servers: one visit is one connection, signed in for one mailbox, and gone afterwards. */
export function createImap(sockets: Sockets): Imap {
  const few = fewAtOnce(atOnceMax);
  return {
    async visit(access, visit, work) {
      const over = new AbortController();
      const timer = setTimeout(() => over.abort(), visit.timeoutMs);
      const signal = AbortSignal.any([visit.signal, over.signal]);
      const name = `${access.url} ${access.mailbox}`;
      try {
        return await few(name, signal, async () => {
          const session = await openSession(sockets, access, signal, visit.timeoutMs);
          try {
            return await work(mailboxOf(session, visit));
          } finally {
            session.client.close();
          }
        });
      } catch (error) {
        if (error === signal.reason)
          throw new ImapFailure('The visit was broken off.', 'timeout', { cause: error });
        throw error;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function mailboxOf(session: Session, { beforeSend = () => undefined }: ImapVisit): ImapMailbox {
  const say = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw explain(error, 'The conversation broke off.');
    }
  };
  return {
    folders: () => say(listFolders(session)),
    nameOf: (folder) => nameOf(session, folder),
    find: (folder, query, max) => say(findCopies(session, folder, query, max)),
    make: (folder) => say(makeFolder(session, folder, beforeSend)),
    move: (from, to) => say(moveCopies(session, from, to, beforeSend)),
  };
}
