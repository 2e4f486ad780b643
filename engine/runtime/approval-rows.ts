import type { PersonId, TenantId } from '../../schemas/ids.ts';
import type { Question, Vote, Voter } from '../core/approval/judge-approval.ts';
import type { ActionClass } from '../core/contracts/action.ts';
import type { Actor } from '../core/contracts/entry.ts';
import type { LetIn } from './identity/still-them.ts';
import type { ScopeName } from './scope-name.ts';
import { pauseReason } from './store/queries/pause.ts';
import type { Sql, Tx } from './store/sql.ts';

/* A question, its votes and whoever comes to it, read inside the transaction that holds the scope. */

/** Who comes through a door. */
export interface Person {
  personId: PersonId | null;
  actor: Actor;
  /** The roles they came with, which a token may narrow: others of theirs do not count here. */
  within?: readonly string[];
  /** Asked again where their word is written; absent: nothing that could have ended. */
  letIn?: LetIn | null;
  /** When their session began; null when it is a token's word. */
  signedInAtMs?: number | null;
}

export interface ApprovalRow {
  step_path: string;
  class: ActionClass;
  digest: string;
  /** RFC 8785 bytes of what was asked about. */
  plan: Buffer;
  editable: string[];
  approvers: string[];
  quorum: number;
  glass_quorum: number;
  require_comment: Question['requireComment'];
  excluded: string[];
  state: Question['state'];
  unshowable: string | null;
  approve_before_ms: string;
  /** How long its clock has been standing in a pause that is in force. */
  stood_ms: string;
  /** It was given more time before. */
  extended: boolean;
  /** A yes that was not used until now is of no use any more. */
  late: boolean;
}

export function questionOf(row: ApprovalRow): Question {
  return {
    state: row.state,
    digest: row.digest,
    approvers: row.approvers,
    quorum: row.quorum,
    glassQuorum: row.glass_quorum,
    excluded: row.excluded,
    requireComment: row.require_comment,
    approveBeforeMs: Number(row.approve_before_ms) + Number(row.stood_ms),
    unshowable: row.unshowable,
  };
}

export async function findScope(sql: Sql, tenant: string, approvalId: string): Promise<ScopeName | null> {
  const { rows } = await sql.query<ScopeName>(
    'select run_id as "runId", scope_path as path from approvals where tenant_id = $1 and id = $2',
    [tenant, approvalId],
  );
  return rows[0] ?? null;
}

/**
 * `share` where nothing of it changes: the items of one approved list then do not wait for each other. The pause
 * comes before the row, as with whoever lifts it: until the commit, the clock of the question stands or runs.
 */
export async function lockApproval(
  tx: Tx,
  tenant: string,
  approvalId: string,
  lock: 'update' | 'share' = 'update',
): Promise<ApprovalRow> {
  const pause = pauseReason(tx, tenant as TenantId);
  const locking = tx.query<ApprovalRow>(
    `select step_path, card->>'class' as class, digest, plan, approvers, quorum, glass_quorum, require_comment, excluded, state, card->>'unshowable' as unshowable,
       array(select each->>'name' from json_array_elements(card->'editable') each) as editable,
       floor(extract(epoch from approve_before) * 1000)::text as approve_before_ms,
       stood_ms(tenant_id, requested_at)::text as stood_ms, extended_at is not null as extended,
       coalesce(execute_before <= clock_timestamp(), false) as late
     from approvals where tenant_id = $1 and id = $2 for ${lock}`,
    [tenant, approvalId],
  );
  const [{ rows }] = await Promise.all([locking, pause]);
  const [row] = rows;
  if (row === undefined) throw new Error('an approval disappeared; the database refuses deleting them');
  return row;
}

interface VoterRow {
  id: string;
  email: string | null;
  roles: string[];
  groups: string[];
  active: boolean;
}

function voterOf(row: VoterRow): Voter {
  return { kind: 'person', personId: row.id, ...row };
}

export async function readVotes(tx: Tx, tenant: string, approvalId: string): Promise<Vote[]> {
  const { rows } = await tx.query<VoterRow & { decision: 'approve' | 'deny'; alone: boolean }>(
    `select p.id, p.email, p.roles, p.groups, p.active, d.decision,
       exists (select 1 from break_glass g where g.tenant_id = d.tenant_id and g.approval_id = d.approval_id
         and g.person_id = d.person_id) as alone
     from standing_decisions d join people p on p.tenant_id = d.tenant_id and p.id = d.person_id
     where d.tenant_id = $1 and d.approval_id = $2 order by d.at, d.id`,
    [tenant, approvalId],
  );
  return rows.map(({ decision, alone, ...person }) => ({ voter: voterOf(person), decision, alone }));
}

/** Takes back what stands of this person; whether there is something was judged before. */
export async function insertWithdrawal(
  tx: Tx,
  tenant: string,
  { approvalId, personId, comment }: { approvalId: string; personId: string | null; comment: string | null },
): Promise<void> {
  await tx.query(
    `insert into withdrawals (tenant_id, decision_id, approval_id, person_id, comment)
     select tenant_id, id, approval_id, person_id, $4 from standing_decisions
     where tenant_id = $1 and approval_id = $2 and person_id = $3`,
    [tenant, approvalId, personId, comment],
  );
}

/** How often this person has taken a yes to this question back. */
export async function countTakenBack(
  tx: Tx,
  tenant: string,
  { approvalId, personId }: { approvalId: string; personId: string | null },
): Promise<number> {
  const { rows } = await tx.query<{ n: number }>(
    `select count(*)::int as n from withdrawals where tenant_id = $1 and approval_id = $2 and person_id = $3`,
    [tenant, approvalId, personId],
  );
  return rows[0]?.n ?? 0;
}

export interface DecisionRow {
  approvalId: string;
  personId: string | null;
  decision: 'approve' | 'deny';
  digest: string;
  comment: string | null;
  /** Which yes of this person it is; the database refuses a second one of the same number. */
  number: number;
}

export async function insertDecision(tx: Tx, tenant: string, id: string, row: DecisionRow): Promise<void> {
  await tx.query(
    `insert into decisions (tenant_id, id, approval_id, person_id, decision, digest, comment, number)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [tenant, id, row.approvalId, row.personId, row.decision, row.digest, row.comment, row.number],
  );
}

/** The person as they are now, not as they were when their session or token was made. */
export async function readVoter(tx: Tx, tenant: string, who: Person): Promise<Voter> {
  const { rows } = await tx.query<VoterRow>(
    'select id, email, roles, groups, active from people where tenant_id = $1 and id = $2',
    [tenant, who.personId],
  );
  const [row] = rows;
  const { within } = who;
  if (row !== undefined) {
    const roles = within === undefined ? row.roles : row.roles.filter((role) => within.includes(role));
    return voterOf({ ...row, roles });
  }
  return {
    kind: 'service',
    id: who.actor.id,
    personId: null,
    email: null,
    roles: [],
    groups: [],
    active: false,
  };
}

/** `executeWithinMs`: how long a yes waits to be used. */
export async function endApproval(
  tx: Tx,
  { tenant, executeWithinMs }: { tenant: string; executeWithinMs: number },
  approvalId: string,
  state: 'granted' | 'denied',
): Promise<void> {
  await tx.query(
    `update approvals set state = $3, ended_at = clock_timestamp(),
       execute_before = case when $3 = 'granted' then clock_timestamp() + make_interval(secs => $4 / 1000.0) end
     where tenant_id = $1 and id = $2`,
    [tenant, approvalId, state, executeWithinMs],
  );
}
