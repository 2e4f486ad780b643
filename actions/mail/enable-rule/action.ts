import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkEnableRule } from './check.ts';
import { fakeEnableRule } from './fake.ts';
import { manifest } from './manifest.ts';
import { performEnableRule } from './perform.ts';

export function enableRule({ graph }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performEnableRule(graph, context, input),

    check: (context, input) => checkEnableRule(graph, context, input),
    fake: fakeEnableRule,
  };
}
