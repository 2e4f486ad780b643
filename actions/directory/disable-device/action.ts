import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkDisableDevice } from './check.ts';
import { fakeDisableDevice } from './fake.ts';
import { manifest } from './manifest.ts';
import { performDisableDevice } from './perform.ts';

export function disableDevice({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performDisableDevice(graph, context, input),

    check: (context, input) => checkDisableDevice(graph, context, input),
    fake: fakeDisableDevice,
  };
}
