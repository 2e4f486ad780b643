import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkQuarantineMessage } from './check.ts';
import { confirmQuarantineMessage } from './confirm.ts';
import { fakeQuarantineMessage } from './fake.ts';
import { manifest } from './manifest.ts';
import { performQuarantineMessage } from './perform.ts';

export function quarantineMessage({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performQuarantineMessage(graph, context, input),
    confirm: (context, input, handle) => confirmQuarantineMessage(graph, context, input, handle),
    check: (context, input) => checkQuarantineMessage(graph, context, input),
    fake: fakeQuarantineMessage,
  };
}
