import type { MintId, TenantId } from '../../../schemas/ids.ts';
import type { Http } from '../../core/contracts/ports.ts';
import type { Log } from '../engine-parts.ts';
import type { Lines } from '../http/open-line.ts';
import type { Database } from '../store/database.ts';

/** What the variable of that name holds, or the secret that it names. @throws SecretFailure */
export type ReadSecret = (name: string) => Promise<string>;

export interface StreamParts {
  database: Database;
  tenant: TenantId;
  mint: MintId;
  log: Log;
  http: Http;
  lines: Lines;
  secret: ReadSecret;
  /** Under which name receivers know this installation. */
  host: string;
}

export type NewStream = { id: string; url: string; types: readonly string[] } & (
  | { kind: 'webhook'; secretName: string }
  /** `authority`: certificates in PEM; null for those that the runtime trusts. */
  | { kind: 'syslog' | 'json-lines'; authority: string | null }
);

/** For one message, or for what goes over a line at a time. */
export const sendTimeoutMs = 15_000;
