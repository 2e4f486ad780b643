import type { Action } from '../../../engine/core/contracts/action.ts';
import { fakePostMessage } from './fake.ts';
import { manifest } from './manifest.ts';
import { performPostMessage } from './perform.ts';
import { tellChat } from './tell.ts';

export function postMessage(): Action {
  return { manifest, perform: performPostMessage, tell: tellChat, fake: fakePostMessage };
}
