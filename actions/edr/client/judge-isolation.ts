import { isFinal, type MachineAction, newestFirst } from './machine-action.ts';

/*
 * Decides what to do about a machine's isolation from its list of actions, and nothing else: the
 * machine object has no such property (facts 4.3). Knows no HTTP.
 */

export type IsolationState = 'isolated' | 'released';

export interface Wanted {
  state: IsolationState;
  /** Only for `isolated`. */
  scope?: 'full' | 'selective';
}

export type Judgement =
  /** A request of the other kind is on its way; it would undo ours. */
  | { kind: 'clear'; opposing: MachineAction[] }
  | { kind: 'adopt'; action: MachineAction }
  | { kind: 'no-change'; action: MachineAction }
  | { kind: 'post' };

const typeOf: Record<IsolationState, string> = { isolated: 'Isolate', released: 'Unisolate' };

/**
 * Opposing requests first, also when one of our own kind is pending: a duplicate isolate is known to
 * stay pending, run after a later release, and isolate the machine again with nobody having asked.
 */
export function judgeIsolation(actions: MachineAction[], wanted: Wanted): Judgement {
  const own = typeOf[wanted.state];
  const pending = newestFirst(actions).filter((action) => !isFinal(action));
  const opposing = pending.filter((action) => action.type !== own);
  if (opposing.length > 0) return { kind: 'clear', opposing };
  const [adopted] = pending;
  if (adopted !== undefined) return { kind: 'adopt', action: adopted };
  const success = newestSuccess(actions);
  if (success !== null && satisfies(success, wanted)) return { kind: 'no-change', action: success };
  return { kind: 'post' };
}

/** The action that tells the present state; null if none ever succeeded. */
export function newestSuccess(actions: MachineAction[]): MachineAction | null {
  return newestFirst(actions).find((action) => action.status === 'Succeeded') ?? null;
}

/** Full isolation satisfies a wish for selective; selective does not satisfy a wish for full. */
export function satisfies(success: MachineAction, wanted: Wanted): boolean {
  if (success.type !== typeOf[wanted.state]) return false;
  return wanted.scope !== 'full' || success.scope !== 'Selective';
}

/** Whether the wanted state holds now and nothing pending would take it away. */
export function holdsNow(actions: MachineAction[], wanted: Wanted): MachineAction | null {
  const threatened = actions.some((action) => !isFinal(action) && action.type !== typeOf[wanted.state]);
  const success = newestSuccess(actions);
  return !threatened && success !== null && satisfies(success, wanted) ? success : null;
}

/** The successes of the same kind right before this one: what stood already when it was carried out, newest first. */
export function stoodBefore(actions: MachineAction[], reached: MachineAction): MachineAction[] {
  const successes = newestFirst(actions).filter((action) => action.status === 'Succeeded');
  const before = successes.slice(successes.findIndex((action) => action.id === reached.id) + 1);
  const other = before.findIndex((action) => action.type !== reached.type);
  return other === -1 ? before : before.slice(0, other);
}
