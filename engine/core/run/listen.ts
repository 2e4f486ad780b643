import type { JsonObject } from '../../../schemas/json.ts';
import { invariant } from '../contracts/invariant.ts';
import type { ScopeSnapshot } from './context.ts';
import type { Deciding } from './decide.ts';
import { stepAt } from './list-steps.ts';
import { toPlanPath } from './scope-path.ts';
import { type Heard, listener } from './wait-step.ts';

/**
 * What the wait at a runtime path makes of signals, without being told of them. It may have to look at very many
 * that came before it; those that do nothing to it need no decision.
 */
export function listen(
  deciding: Deciding,
  snapshot: ScopeSnapshot,
  ref: string,
): (signal: JsonObject) => Heard {
  const step = stepAt(deciding.plan, toPlanPath(deciding.scope, ref));
  invariant(step?.kind === 'wait' && 'context' in snapshot, `${ref} is a wait of this scope`);
  return listener({ ...snapshot.context, env: { ...deciding, event: { type: 'run.started' } } }, step);
}
