import type { Code } from '../../../schemas/codes.ts';

export type StartCode = Extract<Code, `start/${string}`>;

/** Why the process cannot start. The message says what is wrong and what to do; it holds no secrets. */
export class StartError extends Error {
  readonly code: StartCode;
  constructor(code: StartCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'StartError';
    this.code = code;
  }
}
