import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkIsolateHost } from './check.ts';
import { confirmIsolateHost } from './confirm.ts';
import { fakeIsolateHost } from './fake.ts';
import { manifest } from './manifest.ts';
import { performIsolateHost } from './perform.ts';

export function isolateHost({ mde }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performIsolateHost(mde, context, input),
    confirm: (context, input, handle) => confirmIsolateHost(mde, context, input, handle),
    check: (context, input) => checkIsolateHost(mde, context, input),
    fake: fakeIsolateHost,
  };
}
