import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkEnableUser } from './check.ts';
import { fakeEnableUser } from './fake.ts';
import { manifest } from './manifest.ts';
import { performEnableUser } from './perform.ts';

export function enableUser({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performEnableUser(graph, context, input),
    check: (context, input) => checkEnableUser(graph, context, input),
    fake: fakeEnableUser,
  };
}
