import type { RequestHandler } from 'express';
import type { Meters } from '../../engine/core/contracts/meters.ts';
import type { Identity } from '../../engine/runtime/identity/open-identity.ts';
import type { Workloads } from '../../engine/runtime/identity/open-workloads.ts';
import type { NoteReading } from '../../engine/runtime/note-reading.ts';
import type { Live } from '../../engine/runtime/outward/tell-live.ts';
import type { PlaysWith } from '../../engine/runtime/plays-with.ts';
import type { Read } from '../../engine/runtime/read/open-read.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import type { TenantId } from '../../schemas/ids.ts';
import type { Limiter } from './limits.ts';
import type { Readiness } from './readiness.ts';
import type { UseCases } from './use-cases.ts';

/** Everything the doors are handed. Nothing in `api/` reaches for more. */
export interface Deps {
  useCases: UseCases;
  read: Read;
  identity: Identity;
  /** Programs with tokens of other issuers; absent: nobody comes in so. */
  workloads?: Workloads;
  /** Tells those who look on that something changed. */
  live: Live;
  /** Written before the log is shown to anybody. */
  noteReading: NoteReading;
  /** One for all doors of a process: what somebody asks counts together. */
  limiter: Limiter;
  /** For idempotency keys only. */
  database: Database;
  tenant: TenantId;
  /** Origin and path prefix under which people reach us, without trailing slash. */
  publicUrl: string;
  /** False only for plain http on the own machine. */
  secureCookies: boolean;
  /** Where a one-time link leads; the console renders that page. Default `<publicUrl>/sign-in/<secret>`. */
  signInUrl?: (secret: string) => string;
  /** Of webhook triggers that take signed messages only, by `playbook/trigger`. */
  webhookSecrets?: WebhookSecrets;
  /** `RIPOSTE_AUDIT_ORDER_KEYS` is set: both people sign what they order about the log. */
  ordersSigned?: boolean;
  /** `RIPOSTE_AUDIT_RETENTION`; absent or null: texts of the log stay. */
  textRetentionDays?: number | null;
  /** What results of cases rest on here; absent: none is said to be old. */
  installed?: PlaysWith;
  log: Log;
  /** Counts what was answered. */
  meters?: Meters;
  /** For `/readyz`: one look for all who ask. */
  readiness: () => Promise<Readiness>;
  /** Mounted at `/` behind the API; makes its own checks. */
  console?: () => RequestHandler;
  /** Also hold answers against the document: for tests. */
  validateAnswers?: boolean;
}

/** Read when a message comes, so that they can be exchanged. @throws SecretFailure */
export type WebhookSecrets = ReadonlyMap<string, () => Promise<readonly Buffer[]>>;

/** The part of pino that is used here. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
