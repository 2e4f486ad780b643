import { mayI, type Permission } from '../../engine/core/identity/rights.ts';
import type { LiveTopicText } from '../../engine/core/outward/live-topics.ts';
import type { AccountEventItem } from '../../engine/runtime/identity/account-event.ts';
import type { SessionIdentity } from '../../engine/runtime/identity/find-by-session.ts';
import type { Identity } from '../../engine/runtime/identity/open-identity.ts';
import type { Workloads } from '../../engine/runtime/identity/open-workloads.ts';
import type { NoteReading, ReadAbout } from '../../engine/runtime/note-reading.ts';
import type { ApprovalLinks } from '../../engine/runtime/outward/approval-links.ts';
import type { Live } from '../../engine/runtime/outward/tell-live.ts';
import type { PlaysWith } from '../../engine/runtime/plays-with.ts';
import type { GlassHolder, GlassItem } from '../../engine/runtime/read/list-break-glass.ts';
import type { StopItem } from '../../engine/runtime/read/list-stops.ts';
import type { Read } from '../../engine/runtime/read/open-read.ts';
import type { Pause } from '../../engine/runtime/read/read-pause.ts';
import type { TenantId } from '../../schemas/ids.ts';
import type { IdentifiedCaller } from '../http/authenticate.ts';
import type { Log } from '../http/deps.ts';
import type { Limiter } from '../http/limits.ts';
import type { UseCases } from '../http/use-cases.ts';
import type { Html } from './html.ts';
import type { ScriptName } from './read-scripts.ts';

/** Everything the pages are handed. */
export interface ConsoleDeps {
  useCases: UseCases;
  read: Read;
  noteReading: NoteReading;
  live: Pick<Live, 'head' | 'presence'>;
  identity: Identity;
  /** Programs with tokens of other issuers; absent: nobody comes in so. */
  workloads?: Workloads;
  limiter: Limiter;
  tenant: TenantId;
  links: ApprovalLinks;
  /** Origin and path prefix under which people reach us, without trailing slash. */
  publicUrl: string;
  /** What the vendor has to grant for an action, of the major that is installed; null where it is not. */
  rightsOf: (action: { key: string; version: string }) => readonly string[] | null;
  /** False only for plain http on the own machine. */
  secureCookies: boolean;
  /** `RIPOSTE_AUDIT_ORDER_KEYS` is set: both people sign what they order about the log. */
  ordersSigned?: boolean;
  /** `RIPOSTE_AUDIT_RETENTION`; absent or null: texts of the log stay. */
  textRetentionDays?: number | null;
  /** What results of cases rest on here; absent: none is said to be old. */
  installed?: PlaysWith;
  log: Log;
  nowMs: () => number;
}

/** Addresses as the browser knows them: the proxy's path prefix comes first. */
export type Addresses = (path: string) => string;

/** One request of somebody who is signed in. */
export interface View {
  deps: ConsoleDeps;
  caller: IdentifiedCaller;
  /** When whoever has the session proved who they are; null when their identity provider does not say. */
  signedInAtMs: number | null;
  /** They can prove it once more with a passkey. */
  hasPasskey: boolean;
  /** An open page asks again by itself, and nobody has to be there. */
  look: boolean;
  /** How far the log was sealed before anything of this page was read; null where there is nothing in it. */
  place: string | null;
  sessionEnds: SessionIdentity['ends'];
  /** Goes into every form of this session. */
  csrf: string;
  nowMs: number;
  /** The page that was asked for, or that the form stands on. */
  here: string;
  to: Addresses;
  /** Ways to prove anew who they are, leading back to that page. `hasPasskey` false: without their passkey. */
  waysAgain(back: string, hasPasskey?: boolean): readonly Html[];
  /** Those that are set. */
  stops: StopItem[];
  pause: Pause;
  /** Why the audit log holds containment; null when it does not. */
  held: { reason: string; since: Date } | null;
  /** For those who answer for it; empty for everybody else. */
  glass: { unreviewed: GlassItem[]; newHolders: GlassHolder[] };
  /** What happened to their own account and they have said nothing to yet, newest first. */
  accountNews: AccountEventItem[];
  /** Leases that end soon, for those who can renew them. */
  expiring: { count: number; soonest: string } | null;
  /** Leases that have ended and that no engine of this version can end; 0 for those who cannot renew. */
  stuck: number;
}

export type Section =
  | 'home'
  | 'search'
  | 'incidents'
  | 'actions'
  | 'runs'
  | 'alerts'
  | 'playbooks'
  | 'audit'
  | 'settings';

export interface PageReply {
  status?: number;
  title: string;
  section?: Section;
  content: Html;
  /** Fixed to the lower edge; the page leaves room for it. */
  bar?: Html;
  /** What it shows that goes on: an open page is told, and takes in what is new. Not of an answer to a form. */
  live?: readonly LiveTopicText[];
  /** Where the same is asked for again, below the prefix, when not under the address of the page: of an answer to a form. */
  lookAt?: string;
  /** Only while something is under way: the page asks again by itself, where no script does. */
  refreshSeconds?: number;
  /** Where that leads when not to the same page. */
  refreshTo?: string;
  /** It says itself what the bar about the account would. */
  tellsAccount?: true;
  /** What it runs beside what every page does. */
  script?: ScriptName;
}

export interface RedirectReply {
  /** Path below the prefix. */
  redirect: string;
}

/** To a page that says something by itself. */
export interface NoReply {
  nothing: true;
}

export type Reply = PageReply | RedirectReply | NoReply;

/** Before a page of the log is shown, or what many alerts came to. */
export async function noteReading({ deps, caller }: View, what: string, about?: ReadAbout): Promise<void> {
  const { kind, id, channel, requestId } = caller;
  await deps.noteReading({ actor: { kind, id, channel }, requestId }, what, about);
}

export function may(view: View, permission: Permission): boolean {
  return mayI(view.caller, permission).allowed;
}
