import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkEnableDevice } from './check.ts';
import { fakeEnableDevice } from './fake.ts';
import { manifest } from './manifest.ts';
import { performEnableDevice } from './perform.ts';

export function enableDevice({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performEnableDevice(graph, context, input),

    check: (context, input) => checkEnableDevice(graph, context, input),
    fake: fakeEnableDevice,
  };
}
