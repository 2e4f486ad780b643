import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkDeleteAuthMethod } from './check.ts';
import { fakeDeleteAuthMethod } from './fake.ts';
import { manifest } from './manifest.ts';
import { performDeleteAuthMethod } from './perform.ts';

export function deleteAuthMethod({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performDeleteAuthMethod(graph, context, input),

    check: (context, input) => checkDeleteAuthMethod(graph, context, input),
    fake: fakeDeleteAuthMethod,
  };
}
