import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { fakeListRules } from './fake.ts';
import { manifest } from './manifest.ts';
import { performListRules } from './perform.ts';

export function listRules({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performListRules(graph, context, input),

    fake: fakeListRules,
  };
}
