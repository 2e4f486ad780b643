import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkDisableUser } from './check.ts';
import { fakeDisableUser } from './fake.ts';
import { manifest } from './manifest.ts';
import { performDisableUser } from './perform.ts';

export function disableUser({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performDisableUser(graph, context, input),
    check: (context, input) => checkDisableUser(graph, context, input),
    fake: fakeDisableUser,
  };
}
