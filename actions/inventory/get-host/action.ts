import type { Action } from '../../../engine/core/contracts/action.ts';
import type { MicrosoftApis } from '../../client/microsoft-apis.ts';
import { fakeGetHost } from './fake.ts';
import { manifest } from './manifest.ts';
import { performGetHost } from './perform.ts';

export function getHost({ mde }: MicrosoftApis): Action {
  return { manifest, perform: (context, input) => performGetHost(mde, context, input), fake: fakeGetHost };
}
