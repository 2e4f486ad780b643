import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { fakeDismissRisk } from './fake.ts';
import { lookDismissRisk } from './look.ts';
import { manifest } from './manifest.ts';
import { performDismissRisk } from './perform.ts';

export function dismissRisk({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performDismissRisk(graph, context, input),
    look: (context, input) => lookDismissRisk(graph, context, input),
    fake: fakeDismissRisk,
  };
}
