import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkUnblockFile } from './check.ts';
import { fakeUnblockFile } from './fake.ts';
import { manifest } from './manifest.ts';
import { performUnblockFile } from './perform.ts';

export function unblockFile({ mde }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performUnblockFile(mde, context, input),

    check: (context, input) => checkUnblockFile(mde, context, input),
    fake: fakeUnblockFile,
  };
}
