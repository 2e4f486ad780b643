import {
  type ActionContext,
  type ActionRegistry,
  type CheckOutcome,
  type Connection,
  majorOf,
} from '../core/contracts/action.ts';
import type { Look } from '../core/contracts/command.ts';
import { judgeStanding, type Standing } from '../core/undo/judge-standing.ts';
import { cleanOutcome } from './clean-outcome.ts';
import type { EngineParts } from './engine-parts.ts';
import type { ClaimedAttempt } from './store/queries/claim-attempts.ts';
import { findLeft, type LeftView } from './store/queries/find-left.ts';

interface Looking {
  engine: EngineParts;
  registry: ActionRegistry;
  connection(system: string, id: string): Connection | undefined;
}

/*
 * Right before an inverse is sent, by the worker that sends it: is the target still as our action left it?
 * In the same attempt, because every pause in between is one in which somebody can change it. Whatever
 * goes wrong here, nothing has been sent yet.
 */
export async function lookFirst(
  parts: Looking,
  attempt: ClaimedAttempt,
  context: ActionContext,
  look: Look,
): Promise<Standing> {
  try {
    const left = await findLeft(parts.engine.database, parts.engine.tenant, attempt);
    if (left === null) return { kind: 'stands', looked: 'cannot-tell' };
    return await askTarget(parts, left, context, look);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown error';
    return { kind: 'unread', message: `the look broke off: ${name}` };
  }
}

async function askTarget(
  parts: Looking,
  { action: key, version, actionKey, connection: id, arguments: given, left }: LeftView,
  context: ActionContext,
  look: Look,
): Promise<Standing> {
  const action = parts.registry.get(key);
  const connection = parts.connection(key.slice(0, key.indexOf('.')), id);
  if (action === undefined || connection === undefined)
    return { kind: 'unread', message: `this worker has no action ${key} or no connection ${id}` };
  const ask = action.look ?? action.check;
  // One of another major would read these arguments its own way, and call standing what is gone, or gone what stands.
  if (ask === undefined || majorOf(action.manifest) !== majorOf({ version }))
    return { kind: 'stands', looked: 'cannot-tell' };
  const answered = await ask({ ...context, connection, actionKey }, given);
  const { reported } = cleanOutcome({ of: 'check', outcome: answered });
  return judgeStanding({ look, left, marks: action.manifest.marks ?? [] }, reported.outcome as CheckOutcome);
}
