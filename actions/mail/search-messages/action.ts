import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { fakeSearchMessages } from './fake.ts';
import { manifest } from './manifest.ts';
import { performSearchMessages } from './perform.ts';

export function searchMessages({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performSearchMessages(graph, context, input),
    fake: fakeSearchMessages,
  };
}
