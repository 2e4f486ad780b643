import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkCollectPackage } from './check.ts';
import { confirmCollectPackage } from './confirm.ts';
import { fakeCollectPackage } from './fake.ts';
import { manifest } from './manifest.ts';
import { performCollectPackage } from './perform.ts';

export function collectPackage({ mde }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performCollectPackage(mde, context, input),
    confirm: (context, input, handle) => confirmCollectPackage(mde, context, input, handle),
    check: (context, input) => checkCollectPackage(mde, context, input),
    fake: fakeCollectPackage,
  };
}
