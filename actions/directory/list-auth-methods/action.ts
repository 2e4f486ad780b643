import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { fakeListAuthMethods } from './fake.ts';
import { manifest } from './manifest.ts';
import { performListAuthMethods } from './perform.ts';

export function listAuthMethods({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performListAuthMethods(graph, context, input),

    fake: fakeListAuthMethods,
  };
}
