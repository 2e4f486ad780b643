/** Language reference, section 14. Scripts read these: renumbering breaks them. */
export const exitCodes = {
  fine: 0,
  /** Findings, or the thing asked for is a no. */
  findings: 1,
  usage: 2,
  /** Internal, or the server cannot be reached or refused. */
  failure: 3,
  denied: 4,
  timedOut: 5,
} as const;

/** Ends the command with words for a person on stderr and a code for a script. */
export class CliError extends Error {
  readonly exitCode: number;
  constructor(exitCode: number, message: string) {
    super(message);
    this.name = 'CliError';
    this.exitCode = exitCode;
  }
}
