import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkBlockDomain } from './check.ts';
import { fakeBlockDomain } from './fake.ts';
import { manifest } from './manifest.ts';
import { performBlockDomain } from './perform.ts';

export function blockDomain({ mde }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performBlockDomain(mde, context, input),

    check: (context, input) => checkBlockDomain(mde, context, input),
    fake: fakeBlockDomain,
  };
}
