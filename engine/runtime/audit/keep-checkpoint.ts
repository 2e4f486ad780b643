import type { TenantId } from '../../../schemas/ids.ts';
import { formatCheckpoint } from '../../core/audit/checkpoint.ts';
import { type Hash, hexOf, sameHash } from '../../core/audit/merkle.ts';
import { formatNote } from '../../core/audit/signed-note.ts';
import { verifierKey } from '../../core/audit/verifier-key.ts';
import type { Pass } from '../fault-point.ts';
import type { Sql } from '../store/sql.ts';
import { AuditAlarm, claimLost } from './alarm.ts';
import type { Claim } from './claim-log.ts';
import type { LogSigner } from './signing-key.ts';

const selectCheckpoint = `
select root from audit_checkpoint where tenant_id = $1 and log_id = $2 and size = $3`;

/** Nothing is kept by a sequencer that has lost the log, least of all one that is held: the epoch is read under its lock. */
const insertCheckpoint = `
insert into audit_checkpoint (tenant_id, log_id, size, root, note)
select $1, $2, $3, $4, $5 from (
  select 1 from audit_log_meta where tenant_id = $1 and log_id = $2 and epoch = $6 for share
) as mine
on conflict do nothing`;

const selectEpoch = `select epoch from audit_log_meta where tenant_id = $1 and log_id = $2`;

/**
 * Signs the root at a size and writes it down, after the batch that reached it is durable. Rows are never
 * changed, so a size has one root for ever; what has another root already is not signed.
 * @returns the signed note
 * @throws AuditAlarm audit/fork when this size has another root already: two histories exist; what `expectClaimed` throws
 */
export async function keepCheckpoint(
  sql: Sql,
  tenant: TenantId,
  claim: Claim,
  head: { size: number; root: Hash },
  signers: readonly [LogSigner, ...Voucher[]],
  pass?: Pass,
): Promise<string> {
  await refuseFork(sql, tenant, claim, head);
  const [signer, ...vouchers] = signers;
  const note = signCheckpoint(claim.origin, head, signer, vouchers);
  pass?.('seal.signed');
  const values = [tenant, claim.logId, head.size, head.root, note, claim.epoch];
  const { rowCount } = await sql.query(insertCheckpoint, values);
  if (rowCount === 1) return note;
  // Somebody wrote it between the look and now, and it has to be the same one; or the log is not ours any more.
  await refuseFork(sql, tenant, claim, head);
  await expectClaimed(sql, tenant, claim);
  return note;
}

/** @throws SequencerFenced when another sequencer has the log by now; AuditAlarm when the database was put back */
export async function expectClaimed(sql: Sql, tenant: TenantId, claim: Claim): Promise<void> {
  const { rows } = await sql.query<{ epoch: number }>(selectEpoch, [tenant, claim.logId]);
  const epoch = rows[0]?.epoch ?? null;
  if (epoch !== claim.epoch) throw claimLost(claim, epoch);
}

export function signCheckpoint(
  origin: string,
  head: { size: number; root: Hash },
  signer: LogSigner,
  vouchers: readonly Voucher[] = [],
): string {
  const text = formatCheckpoint({ origin, ...head });
  const lines = [{ name: origin, signer }, ...vouchers].map((each) => {
    const { name, id } = verifierKey(each.name, each.signer.publicKey);
    return { name, id, signature: each.signer.sign(Buffer.from(text)) };
  });
  return formatNote(text, lines);
}

/** A key that handed over, under the name of the log in which it was in force. */
export interface Voucher {
  name: string;
  signer: LogSigner;
}

async function refuseFork(
  sql: Sql,
  tenant: TenantId,
  { logId }: Claim,
  head: { size: number; root: Hash },
): Promise<void> {
  const { rows } = await sql.query<{ root: Hash }>(selectCheckpoint, [tenant, logId, head.size]);
  const kept = rows[0]?.root;
  if (kept === undefined || sameHash(kept, head.root)) return;
  throw new AuditAlarm(
    'audit/fork',
    `size ${head.size} has root ${hexOf(head.root)} and was kept with ${hexOf(kept)}`,
  );
}
