import type { Action } from '../../../engine/core/contracts/action.ts';
import { checkReleaseMessage } from './check.ts';
import { fakeReleaseMessage } from './fake.ts';
import { manifest } from './manifest.ts';
import { performReleaseMessage } from './perform.ts';

export function releaseMessage(): Action {
  return {
    manifest,
    perform: performReleaseMessage,
    check: checkReleaseMessage,
    fake: fakeReleaseMessage,
  };
}
