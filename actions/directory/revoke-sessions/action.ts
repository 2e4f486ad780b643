import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { fakeRevokeSessions } from './fake.ts';
import { manifest } from './manifest.ts';
import { performRevokeSessions } from './perform.ts';

export function revokeSessions({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performRevokeSessions(graph, context, input),
    fake: fakeRevokeSessions,
  };
}
