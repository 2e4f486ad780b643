import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkReleaseHost } from './check.ts';
import { confirmReleaseHost } from './confirm.ts';
import { fakeReleaseHost } from './fake.ts';
import { manifest } from './manifest.ts';
import { performReleaseHost } from './perform.ts';

export function releaseHost({ mde }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performReleaseHost(mde, context, input),
    confirm: (context, input, handle) => confirmReleaseHost(mde, context, input, handle),
    check: (context, input) => checkReleaseHost(mde, context, input),
    fake: fakeReleaseHost,
  };
}
