import { setTimeout as sleep } from 'node:timers/promises';
import type { Code } from '../../../schemas/codes.ts';
import type { Actor, EntryDraft } from '../../core/contracts/entry.ts';
import { invariant } from '../../core/contracts/invariant.ts';
import type { EngineParts } from '../engine-parts.ts';
import { recordAudit } from '../record-audit.ts';
import { askForTest, isTold, lockConnection } from '../store/queries/connections.ts';
import { databaseNowMs } from '../store/queries/lock-scopes.ts';
import { pauseReason } from '../store/queries/pause.ts';
import type { Tx } from '../store/sql.ts';

export type TestAnswer =
  /** `asked`: no worker has answered yet; the result will stand with the connection. */
  { ok: true; state: 'tested' | 'asked' } | { ok: false; code: Code; detail: string; waitSeconds?: number };

/** A vendor need not bear more, and nobody learns more. */
const restMs = 10_000;
const waitMsMax = 15_000;
const lookMs = 250;

/**
 * Asks a worker, who alone has the secrets, to test a connection, and waits a little for the answer. Whoever asks while
 * another one waits gets the same answer.
 * @param id `<system>.<connection>`
 */
export async function askTest(
  parts: EngineParts,
  input: { id: string; actor: Actor; requestId: string },
): Promise<TestAnswer> {
  const [, system, id] = /^([a-z][a-z0-9-]{0,63})\.([a-z][a-z0-9-]{0,63})$/.exec(input.id) ?? [];
  const asked = await parts.database.transaction(async (tx) => {
    const answer =
      system === undefined || id === undefined ? missing : await ask(tx, parts, system, id, input);
    const entry: EntryDraft = {
      ...(answer.ok
        ? { type: 'connection.test-requested' }
        : { type: 'connection.test-refused', outcome: 'denied', code: answer.code }),
      actor: input.actor,
      requestId: input.requestId,
      connection: id ?? input.id.slice(0, 128),
      ...(system !== undefined && { data: { system } }),
    };
    await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
    return answer;
  });
  parts.afterCommit({ entries: true });
  if (!asked.ok) return asked;
  invariant(system !== undefined && id !== undefined, 'only what has a name can be asked');
  for (let waitedMs = 0; waitedMs < waitMsMax; waitedMs += lookMs) {
    if (await isTold(parts.database, parts.tenant, system, id, asked.ask))
      return { ok: true, state: 'tested' };
    await sleep(lookMs);
  }
  return { ok: true, state: 'asked' };
}

const missing = {
  ok: false,
  code: 'request/not-found',
  detail: 'No worker has such a connection; riposte connections lists those that there are.',
} as const;

type Asked = { ok: true; ask: number } | Extract<TestAnswer, { ok: false }>;

async function ask(
  tx: Tx,
  { tenant }: EngineParts,
  system: string,
  id: string,
  { actor, requestId }: { actor: Actor; requestId: string },
): Promise<Asked> {
  const found = await lockConnection(tx, tenant, system, id);
  if (found === null) return missing;
  if ((await pauseReason(tx, tenant)) !== null)
    return {
      ok: false,
      code: 'pause/active',
      detail: 'Everything is paused, so nothing is sent, not even a test.',
    };
  if (found.waiting) return { ok: true, ask: found.asks };
  if (found.testedAgoMs !== null && found.testedAgoMs < restMs) {
    const waitSeconds = Math.max(1, Math.ceil((restMs - found.testedAgoMs) / 1000));
    const detail = `It was tested just now and its result is there; it can be tested again in ${waitSeconds} s.`;
    return { ok: false, code: 'request/rate-limited', detail, waitSeconds };
  }
  return { ok: true, ask: await askForTest(tx, tenant, system, id, { actor, requestId }) };
}
