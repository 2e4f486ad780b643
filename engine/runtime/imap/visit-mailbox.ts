import type { Imap, ImapMailbox, ImapVisit } from '../../core/contracts/imap.ts';
import type { Sockets } from '../http/open-socket.ts';
import { explain } from './explain-failure.ts';
import { findCopies } from './find-copies.ts';
import { listFolders, nameOf } from './list-folders.ts';
import { makeFolder, moveCopies } from './move-copies.ts';
import { openSession, type Session } from './open-session.ts';

/** The way to mail servers: one visit is one connection, signed in for one mailbox, and gone afterwards. */
export function createImap(sockets: Sockets): Imap {
  return {
    async visit(access, visit, work) {
      const over = new AbortController();
      const timer = setTimeout(() => over.abort(), visit.timeoutMs);
      const signal = AbortSignal.any([visit.signal, over.signal]);
      try {
        const session = await openSession(sockets, access, signal, visit.timeoutMs);
        try {
          return await work(mailboxOf(session, visit));
        } finally {
          session.client.close();
        }
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
