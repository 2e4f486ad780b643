import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { fakeGetUser } from './fake.ts';
import { manifest } from './manifest.ts';
import { performGetUser } from './perform.ts';

export function getUser({ graph }: MicrosoftApis): Action {
  return { manifest, perform: (context, input) => performGetUser(graph, context, input), fake: fakeGetUser };
}
