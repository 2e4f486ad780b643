import type { Action } from '../../../engine/core/contracts/action.ts';
import { fakeGetUser } from './fake.ts';
import { manifest } from './manifest.ts';
import { performGetUser } from './perform.ts';

export function getUser(): Action {
  return { manifest, perform: performGetUser, fake: fakeGetUser };
}
