import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkReleaseMessage } from './check.ts';
import { confirmReleaseMessage } from './confirm.ts';
import { fakeReleaseMessage } from './fake.ts';
import { manifest } from './manifest.ts';
import { performReleaseMessage } from './perform.ts';

export function releaseMessage({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performReleaseMessage(graph, context, input),
    confirm: (context, input, handle) => confirmReleaseMessage(graph, context, input, handle),
    check: (context, input) => checkReleaseMessage(graph, context, input),
    fake: fakeReleaseMessage,
  };
}
