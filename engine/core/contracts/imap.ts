/*
 * One person's mailbox, as actions are handed it. A visit signs in, works and hangs up: nothing of it outlives the
 * attempt. The words are those of RFC 3501; names of folders are plain text, and how they are written is the runtime's.
 */

/** Where the server is and how a service comes to the mailbox of somebody else. */
export interface ImapAccess {
  /** `imaps://host:993`, or `imap://host:143`, where TLS begins before anything is said. */
  url: string;
  /** `master-user`: signs in as `mailbox*user`. `authzid`: as `user` on behalf of `mailbox` (RFC 4616). */
  access: 'master-user' | 'authzid';
  user: string;
  password: string;
  /** Between mailbox and user of a `master-user`. */
  separator: string;
  /** Certificates in PEM that the server's is judged by, instead of those of the machine. */
  ca?: string;
  mailbox: string;
}

export interface ImapVisit {
  /** Of the whole visit. */
  timeoutMs: number;
  signal: AbortSignal;
  /** Called right before each command that changes something; a throw ends the visit without it. */
  beforeSend?: () => void;
}

/** What a message is looked for by; all that is given has to fit. */
export interface ImapQuery {
  uid?: number;
  /** Without its angle brackets, compared with what stands in the message's header. */
  messageId?: string;
  /** An address in From, without regard to case. */
  from?: string;
  /** Words that stand in the subject. */
  subject?: string;
  /** Milliseconds since the epoch. */
  arrivedSince?: number;
}

/** One message in one folder. All of it comes from whoever sent it, or from the mailbox's owner. */
export interface ImapCopy {
  uid: number;
  /** Usually one, without angle brackets; whoever writes two into a mail is found by both. */
  messageIds: string[];
  subject: string;
  from: string;
  /** When it arrived, RFC 3339. */
  arrivedAt: string;
  flags: string[];
}

export interface ImapFound {
  /** Another one than before means that every uid of before names nothing any more. */
  uidValidity: string;
  /** Newest first. */
  copies: ImapCopy[];
  /** There are more than were asked for. */
  more: boolean;
}

export interface ImapMailbox {
  /** The folders that messages can lie in; not those of other people. */
  folders(): Promise<string[]>;
  /** A name of ours as this server writes it: some put all of a person's folders below INBOX. */
  nameOf(folder: string): string;
  /** Null: there is no such folder. */
  find(folder: string, query: ImapQuery, max: number): Promise<ImapFound | null>;
  /** There, and not subscribed to; one that is there already is left as it is. */
  make(folder: string): Promise<void>;
  /** @returns where those lie now that were still there, when the server tells. */
  move(
    from: { folder: string; uidValidity: string; uids: readonly number[] },
    to: string,
  ): Promise<{ uidValidity: string; uids: number[] } | null>;
}

/** One guarded way to mail servers. Throws `ImapFailure`. */
export interface Imap {
  visit<T>(access: ImapAccess, visit: ImapVisit, work: (mailbox: ImapMailbox) => Promise<T>): Promise<T>;
}

export type ImapTrouble =
  /** The address is none that anything is sent to. */
  | 'address'
  | 'unreachable'
  /** TLS did not come about: the certificate does not fit, or there is no TLS. */
  | 'not-safe'
  | 'sign-in'
  /** The server understood and said no. */
  | 'refused'
  /** The server cannot do it without harm. */
  | 'unsupported'
  | 'not-found'
  /** More, or something else, than can be read. */
  | 'unreadable'
  | 'timeout';

/**
 * `maybe-sent`: a command that changes something was on its way and its answer is not known. Everything else changed
 * nothing, and says why in `trouble`.
 */
export class ImapFailure extends Error {
  readonly trouble: ImapTrouble;
  readonly sent: 'before-send' | 'maybe-sent';
  /** What the server calls it (RFC 5530), e.g. `NOPERM`; empty when it does not say. */
  readonly code: string;
  constructor(
    message: string,
    trouble: ImapTrouble,
    {
      sent = 'before-send',
      code = '',
      cause,
    }: { sent?: 'before-send' | 'maybe-sent'; code?: string; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = 'ImapFailure';
    this.trouble = trouble;
    this.sent = sent;
    this.code = code;
  }
}
