import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkWipeDevice } from './check.ts';
import { confirmWipeDevice } from './confirm.ts';
import { fakeWipeDevice } from './fake.ts';
import { manifest } from './manifest.ts';
import { performWipeDevice } from './perform.ts';

export function wipeDevice({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performWipeDevice(graph, context, input),
    confirm: (context, input, handle) => confirmWipeDevice(graph, context, input, handle),
    check: (context, input) => checkWipeDevice(graph, context, input),
    fake: fakeWipeDevice,
  };
}
