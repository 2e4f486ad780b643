import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkUnblockDomain } from './check.ts';
import { fakeUnblockDomain } from './fake.ts';
import { manifest } from './manifest.ts';
import { performUnblockDomain } from './perform.ts';

export function unblockDomain({ mde }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performUnblockDomain(mde, context, input),

    check: (context, input) => checkUnblockDomain(mde, context, input),
    fake: fakeUnblockDomain,
  };
}
