import type { Action } from '../../../engine/core/contracts/action.ts';
import { checkDisableUser } from './check.ts';
import { fakeDisableUser } from './fake.ts';
import { manifest } from './manifest.ts';
import { performDisableUser } from './perform.ts';

export function disableUser(): Action {
  return { manifest, perform: performDisableUser, check: checkDisableUser, fake: fakeDisableUser };
}
