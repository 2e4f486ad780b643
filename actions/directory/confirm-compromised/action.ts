import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { fakeConfirmCompromised } from './fake.ts';
import { lookConfirmCompromised } from './look.ts';
import { manifest } from './manifest.ts';
import { performConfirmCompromised } from './perform.ts';

export function confirmCompromised({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performConfirmCompromised(graph, context, input),
    look: (context, input) => lookConfirmCompromised(graph, context, input),
    fake: fakeConfirmCompromised,
  };
}
