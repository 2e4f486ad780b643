import type { Action } from '../../../engine/core/contracts/action.ts';
import { checkEnableUser } from './check.ts';
import { fakeEnableUser } from './fake.ts';
import { manifest } from './manifest.ts';
import { performEnableUser } from './perform.ts';

export function enableUser(): Action {
  return { manifest, perform: performEnableUser, check: checkEnableUser, fake: fakeEnableUser };
}
