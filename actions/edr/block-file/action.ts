import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { checkBlockFile } from './check.ts';
import { fakeBlockFile } from './fake.ts';
import { manifest } from './manifest.ts';
import { performBlockFile } from './perform.ts';

export function blockFile({ mde }: MicrosoftApis): Action {
  return {
    manifest,
    perform: (context, input) => performBlockFile(mde, context, input),

    check: (context, input) => checkBlockFile(mde, context, input),
    fake: fakeBlockFile,
  };
}
