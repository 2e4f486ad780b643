import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { fakeGetRisk } from './fake.ts';
import { manifest } from './manifest.ts';
import { performGetRisk } from './perform.ts';

export function getRisk({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performGetRisk(graph, context, input),

    fake: fakeGetRisk,
  };
}
