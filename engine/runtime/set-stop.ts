import type { Code } from '../../schemas/codes.ts';
import type { Actor } from '../core/contracts/entry.ts';
import type { EngineParts } from './engine-parts.ts';
import { firstOfTwo, mayStill } from './first-of-two.ts';
import { lapseStops } from './lapse-words.ts';
import { recordAudit } from './record-audit.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import type { Tx } from './store/sql.ts';
import { wakeHeld } from './wake-held.ts';

/*
 * The emergency stop (audit facts 2.3, item 13). Setting is one person's word and waits for the
 * dispatches already in progress, so nothing can be dispatched once it has returned. Clearing needs
 * two different people within an hour.
 */

export interface StopInput {
  scope: 'everything' | 'system' | 'playbook';
  subject: string;
  reason: string;
  actor: Actor;
  /** Null for service tokens, which may stop but never resume. */
  personId: string | null;
  requestId: string;
}

interface Row {
  active: boolean;
  generation: number;
  reason: string | null;
  clear_requested_by: string | null;
}

type Refused = { ok: false; code: Code; detail: string };

export async function setStop(
  parts: EngineParts,
  asked: StopInput,
): Promise<{ ok: true; generation: number } | Refused> {
  const input = rowOf(asked);
  const answer = await parts.database.transaction(async (tx) => {
    await lockStops(tx);
    if (!(await isKnown(tx, parts, input))) {
      // "Stopped" for a misspelt name would be a lie at the worst moment.
      const detail = `there is no ${input.scope} "${input.subject}"; nothing was stopped`;
      return refuse(tx, parts, input, 'request/not-found', detail);
    }
    await ensureRow(tx, parts, input);
    const { rows } = await tx.query<{ generation: number }>(
      `update stops set active = true, generation = generation + 1, set_by = $4, set_at = clock_timestamp(), reason = $5,
         clear_requested_by = null
       where tenant_id = $1 and scope = $2 and subject = $3
       returning generation`,
      [parts.tenant, input.scope, input.subject, input.actor.id, input.reason],
    );
    const generation = rows[0]?.generation ?? 0;
    await write(tx, parts, input, 'stop.set', { generation });
    return { ok: true as const, generation };
  }, deadlockRetries);
  parts.afterCommit({ attempts: false, entries: true, freedGroups: [], soonestDueMs: null });
  return answer;
}

/** `generation`: of the stop that the caller saw, and no later one is lifted. */
export async function clearStop(
  parts: EngineParts,
  asked: StopInput & { generation: number },
): Promise<{ ok: true; state: 'cleared' | 'needs-second-person' } | Refused> {
  const input = rowOf(asked);
  const answer = await parts.database.transaction(async (tx) => {
    await lockStops(tx);
    await lapseStops(tx, parts);
    const { personId } = input;
    if (personId === null)
      return refuse(tx, parts, input, 'approval/needs-person', 'only people resume containment');
    if (!(await mayStill(tx, parts.tenant, personId, 'stops.clear')))
      return refuse(tx, parts, input, 'auth/forbidden', 'you may not clear it any more; nothing was changed');
    const { rows } = await tx.query<Row>(
      'select active, generation, reason, clear_requested_by from stops where tenant_id = $1 and scope = $2 and subject = $3 for update',
      [parts.tenant, input.scope, input.subject],
    );
    const [row] = rows;
    if (row === undefined || !row.active) {
      const detail = 'containment is not stopped here; nothing was changed';
      return refuse(tx, parts, input, 'stop/not-active', detail);
    }
    if (asked.generation !== row.generation) {
      const detail = `it was stopped anew since you looked: ${row.reason ?? 'no reason given'}`;
      return refuse(tx, parts, input, 'request/stale', detail);
    }
    const first = await firstOfTwo(tx, parts.tenant, {
      asked: row.clear_requested_by,
      second: personId,
      permission: 'stops.clear',
    });
    if (first === null) {
      await tx.query(
        'update stops set clear_requested_by = $4 where tenant_id = $1 and scope = $2 and subject = $3',
        [parts.tenant, input.scope, input.subject, personId],
      );
      await write(tx, parts, input, 'stop.clear-requested', {});
      return { ok: true as const, state: 'needs-second-person' as const };
    }
    await tx.query(
      `update stops set active = false, generation = generation + 1, clear_requested_by = null
       where tenant_id = $1 and scope = $2 and subject = $3`,
      [parts.tenant, input.scope, input.subject],
    );
    await wakeHeld(tx, parts);
    await write(tx, parts, input, 'stop.cleared', { first });
    return { ok: true as const, state: 'cleared' as const };
  }, deadlockRetries);
  parts.afterCommit({ attempts: true, entries: true, freedGroups: [], soonestDueMs: 0 });
  return answer;
}

/**
 * Waits for the dispatches under way and holds back new ones. Row locks alone would not do: readers
 * that share one let newcomers in past a waiting writer, and under a storm of dispatches the stop would
 * never get its turn. Table locks queue in order. It also covers a row that does not exist yet.
 */
async function lockStops(tx: Tx): Promise<void> {
  await tx.query('lock table stops in exclusive mode');
}

/** A held step that looks again at this moment may meet a clearing that wakes it. */
const deadlockRetries = { retries: 3 };

/** Systems and playbooks get their row at installation and publishing; this covers those that came by other ways. */
async function ensureRow(tx: Tx, parts: EngineParts, input: StopInput): Promise<void> {
  await tx.query('insert into stops (tenant_id, scope, subject) values ($1, $2, $3) on conflict do nothing', [
    parts.tenant,
    input.scope,
    input.subject,
  ]);
}

async function refuse(
  tx: Tx,
  parts: EngineParts,
  input: StopInput,
  code: Code,
  detail: string,
): Promise<Refused> {
  await write(tx, parts, input, 'stop.refused', {}, code);
  return { ok: false, code, detail };
}

async function write(
  tx: Tx,
  parts: EngineParts,
  input: StopInput,
  type: 'stop.set' | 'stop.clear-requested' | 'stop.cleared' | 'stop.refused',
  data: { [name: string]: string | number },
  code?: Code,
): Promise<void> {
  const entry = {
    type,
    actor: input.actor,
    reason: input.reason,
    requestId: input.requestId,
    outcome: code === undefined ? ('success' as const) : ('denied' as const),
    ...(code !== undefined && { code }),
    data: { scope: input.scope, subject: input.subject, ...data },
  };
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
}

/** The stop of everything is one row, whatever the caller wrote as its subject. */
function rowOf(asked: StopInput): StopInput {
  return asked.scope === 'everything' ? { ...asked, subject: '*' } : asked;
}

async function isKnown(tx: Tx, parts: EngineParts, input: StopInput): Promise<boolean> {
  switch (input.scope) {
    case 'everything':
      return input.subject === '*';
    case 'system':
      return Object.hasOwn(parts.connections, input.subject);
    case 'playbook':
      return (
        (
          await tx.query('select 1 from playbooks where tenant_id = $1 and id = $2', [
            parts.tenant,
            input.subject,
          ])
        ).rowCount > 0
      );
  }
}
