import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { fakeFindDevice } from './fake.ts';
import { manifest } from './manifest.ts';
import { performFindDevice } from './perform.ts';

export function findDevice({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performFindDevice(graph, context, input),

    fake: fakeFindDevice,
  };
}
