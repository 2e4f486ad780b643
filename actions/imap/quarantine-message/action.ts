import type { Action } from '../../../engine/core/contracts/action.ts';
import { checkQuarantineMessage } from './check.ts';
import { fakeQuarantineMessage } from './fake.ts';
import { manifest } from './manifest.ts';
import { performQuarantineMessage } from './perform.ts';

export function quarantineMessage(): Action {
  return {
    manifest,
    perform: performQuarantineMessage,
    check: checkQuarantineMessage,
    fake: fakeQuarantineMessage,
  };
}
