import type { Code } from '../../schemas/codes.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { type Question, type Refused, refuse, type Voter } from '../core/approval/judge-approval.ts';
import type { RunEvent } from '../core/contracts/command.ts';
import type { EntryDraft } from '../core/contracts/entry.ts';
import {
  type ApprovalRow,
  findScope,
  lockApproval,
  type Person,
  questionOf,
  readVoter,
} from './approval-rows.ts';
import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import { notThemAnyMore } from './identity/still-them.ts';
import { refuseUnheard } from './refuse-unheard.ts';
import type { ScopeName } from './scope-name.ts';
import type { Tx } from './store/sql.ts';

/*
 * Whatever a person wants of a question comes by here. It is judged inside the transaction that holds the
 * run's scope, so of two people who come in the same instant one is second and is told what stood.
 */

export interface Coming extends Person {
  approvalId: ApprovalId;
  requestId: string;
}

/** The question as it is now, locked until the commit. */
export interface AtApproval {
  tx: Tx;
  nowMs: number;
  scope: ScopeName;
  row: ApprovalRow;
  question: Question;
  /** Whoever came, as they are at the moment of asking: a caller may lock them first. */
  voter(): Promise<Voter>;
  /** What every entry about it says. */
  about: Pick<EntryDraft, 'actor' | 'runId' | 'step' | 'approvalId' | 'planDigest' | 'requestId'>;
}

export type Said<Answer> =
  /** `data` goes into the entry: refused attempts are written too, who tried what and why it did not count. */
  | (Refused & { data: JsonObject })
  | { kind: 'said'; answer: Answer; events: RunEvent[]; entries: EntryDraft[] };

export type TurnedAway = { ok: false; code: Code; detail: string };

export async function comeToApproval<Answer>(
  parts: EngineParts,
  advancer: Advancer,
  input: Coming,
  judge: (at: AtApproval) => Promise<Said<Answer>>,
): Promise<Answer | TurnedAway> {
  const { actor, approvalId, requestId } = input;
  const scope = await findScope(parts.database, parts.tenant, approvalId);
  if (scope === null) return { ok: false, code: 'request/not-found', detail: 'there is no such approval' };
  let answer: Answer | TurnedAway | undefined;
  let committed: (() => Promise<void>) | undefined;
  await advancer.submit({
    kind: 'ask',
    ...scope,
    resolve: async (tx, nowMs) => {
      const row = await lockApproval(tx, parts.tenant, approvalId);
      const about = {
        actor,
        runId: scope.runId,
        step: row.step_path,
        approvalId,
        planDigest: row.digest,
        requestId,
      };
      const voter = (): Promise<Voter> => readVoter(tx, parts.tenant, input);
      const { letIn = null } = input;
      const ended = letIn === null ? null : await notThemAnyMore(tx, parts.tenant, letIn);
      const said =
        ended === null
          ? await judge({ tx, nowMs, scope, row, question: questionOf(row), voter, about })
          : { ...refuse(ended.code, ended.detail), data: {} };
      committed = undefined;
      if (said.kind === 'said') {
        answer = said.answer;
        return { events: said.events, entries: said.entries };
      }
      const { code, detail, data } = said;
      answer = { ok: false, code, detail };
      const type = tooLate.includes(code) ? 'approval.ignored' : 'approval.refused';
      const draft: EntryDraft = { type, ...about, outcome: 'denied', code, reason: detail, data };
      const refused = parts.told.refused(draft, input);
      committed = refused.committed;
      return { events: [], entries: refused.entries };
    },
  });
  await committed?.();
  if (answer !== undefined) return answer;
  return refuseUnheard(parts, scope.runId, { type: 'approval.refused', actor, approvalId, requestId });
}

/** Whoever comes with these did nothing wrong; somebody was faster. */
const tooLate: readonly Code[] = ['approval/already-decided', 'approval/too-late-to-withdraw'];
