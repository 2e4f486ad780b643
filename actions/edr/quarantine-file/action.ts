import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkQuarantineFile } from './check.ts';
import { confirmQuarantineFile } from './confirm.ts';
import { fakeQuarantineFile } from './fake.ts';
import { manifest } from './manifest.ts';
import { performQuarantineFile } from './perform.ts';

export function quarantineFile({ mde }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performQuarantineFile(mde, context, input),
    confirm: (context, input, handle) => confirmQuarantineFile(mde, context, input, handle),
    check: (context, input) => checkQuarantineFile(mde, context, input),
    fake: fakeQuarantineFile,
  };
}
