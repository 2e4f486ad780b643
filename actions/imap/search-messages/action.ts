import type { Action } from '../../../engine/core/contracts/action.ts';
import { fakeSearchMessages } from './fake.ts';
import { manifest } from './manifest.ts';
import { performSearchMessages } from './perform.ts';

export function searchMessages(): Action {
  return { manifest, perform: performSearchMessages, fake: fakeSearchMessages };
}
