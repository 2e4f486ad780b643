import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkDisableRule } from './check.ts';
import { fakeDisableRule } from './fake.ts';
import { manifest } from './manifest.ts';
import { performDisableRule } from './perform.ts';

export function disableRule({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performDisableRule(graph, context, input),

    check: (context, input) => checkDisableRule(graph, context, input),
    fake: fakeDisableRule,
  };
}
