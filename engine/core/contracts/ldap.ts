/*
 * A directory as an action speaks to it: LDAP version 3 over TLS, one signed-in conversation at a time. Filters and
 * changes are data, so that no text of an intruder is ever read as LDAP.
 */

export interface LdapAccess {
  /** `ldaps://dc.example.org:636`, or `ldap://dc.example.org:389`, where TLS is begun before the sign-in. */
  url: string;
  /** Distinguished name of the login. */
  bindDn: string;
  password: string;
  /** Certificates that vouch for the server instead of those the runtime trusts, as PEM. */
  ca?: string;
}

export type LdapFilter =
  | { is: 'equal'; attribute: string; value: string | Uint8Array }
  | { is: 'present'; attribute: string }
  | { is: 'not'; of: LdapFilter }
  | { is: 'all' | 'any'; of: readonly LdapFilter[] };

export interface LdapSearch {
  base: string;
  scope: 'base' | 'sub';
  filter: LdapFilter;
  /** Spelled as the server's schema spells them. */
  attributes: readonly string[];
  /** Those of them that are told in lower-case hexadecimal. */
  binary?: readonly string[];
  /** What goes beyond is cut off; without it a server that does not send everything fails the search. */
  atMost?: number;
}

export interface LdapEntry {
  dn: string;
  /** By attribute in lower case. */
  values: ReadonlyMap<string, readonly string[]>;
}

export interface LdapChange {
  do: 'add' | 'delete';
  attribute: string;
  value: string;
}

export interface LdapSession {
  find(search: LdapSearch): Promise<LdapEntry[]>;
  /**
   * All changes or none (RFC 4511 section 4.6).
   * @param assert what the entry must still fulfil for it (RFC 4528); where the server knows no such thing it refuses
   */
  modify(dn: string, changes: readonly LdapChange[], assert?: LdapFilter): Promise<void>;
}

export interface LdapTerms {
  signal?: AbortSignal;
  /** Called right before each request on the open line, the sign-in among them; a throw refuses it. */
  beforeSend?: () => void;
}

/** No referrals, bounded size and time, judged addresses. */
export interface Ldap {
  /**
   * Opens a line, begins TLS, signs in, talks, hangs up.
   * @throws LdapFailure
   */
  speak<Told>(
    access: LdapAccess,
    terms: LdapTerms,
    talk: (session: LdapSession) => Promise<Told>,
  ): Promise<Told>;
}

/** How far it came. */
export type LdapStage = 'connect' | 'secure' | 'sign-in' | 'request';

/** No text of the server is in it: `code` and `result` say what there is to say. */
export class LdapFailure extends Error {
  readonly stage: LdapStage;
  /** Whether a change can have been made. Only `not-done` is safe to repeat blindly. */
  readonly effect: 'not-done' | 'maybe-done';
  /** The server's answer, by RFC 4511 appendix A; null where it gave none. */
  readonly result: number | null;
  constructor(
    message: string,
    stage: LdapStage,
    effect: 'not-done' | 'maybe-done',
    { result = null, cause }: { result?: number | null; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = 'LdapFailure';
    this.stage = stage;
    this.effect = effect;
    this.result = result;
  }
}
