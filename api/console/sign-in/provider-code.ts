import type { Response } from 'express';
import { ProviderFailure } from '../../../engine/runtime/identity/provider-failure.ts';
import type { Code } from '../../../schemas/codes.ts';
import { requestIdOf } from '../send-page.ts';
import type { SignInSite } from './way.ts';

/** Whatever is no word of the provider's is a mistake of ours and leaves as one. */
export function codeOf(error: unknown, { deps }: SignInSite, response: Response): Code {
  if (!(error instanceof ProviderFailure)) throw error;
  const code = codeOfKind[error.kind];
  deps.log.warn({ code, word: error.word, requestId: requestIdOf(response) }, 'no sign-in by the provider');
  return code;
}

const codeOfKind = {
  down: 'auth/provider-down',
  refused: 'auth/provider-refused',
  untrue: 'auth/bad-provider-answer',
} as const satisfies Record<ProviderFailure['kind'], Code>;
