import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkAddComment } from './check.ts';
import { fakeAddComment } from './fake.ts';
import { manifest } from './manifest.ts';
import { performAddComment } from './perform.ts';

export function addComment({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performAddComment(graph, context, input),
    check: (context, input) => checkAddComment(graph, context, input),
    fake: fakeAddComment,
  };
}
