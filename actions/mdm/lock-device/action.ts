import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkLockDevice } from './check.ts';
import { confirmLockDevice } from './confirm.ts';
import { fakeLockDevice } from './fake.ts';
import { manifest } from './manifest.ts';
import { performLockDevice } from './perform.ts';

export function lockDevice({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performLockDevice(graph, context, input),
    confirm: (context, input, handle) => confirmLockDevice(graph, context, input, handle),
    check: (context, input) => checkLockDevice(graph, context, input),
    fake: fakeLockDevice,
  };
}
