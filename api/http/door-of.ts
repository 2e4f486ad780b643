import type { Door } from '../../engine/runtime/identity/identity-context.ts';
import { letInOf } from './let-in-of.ts';
import type { Caller } from './use-cases.ts';

/** Who asks for a change of people and what they come in with, as its entry says. */
export function doorOf(caller: Caller): Door {
  const { kind, id, channel, requestId } = caller;
  return { actor: { kind, id, channel }, requestId, letIn: letInOf(caller) };
}
