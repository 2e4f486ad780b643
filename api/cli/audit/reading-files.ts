import { CliError, exitCodes } from '../cli-error.ts';

/**
 * A file that cannot be read is no verdict: 3 would say that the bytes hold.
 * @throws CliError instead of what the file system says
 */
export function readingFiles(work: () => void): void {
  try {
    work();
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    if (!(error instanceof Error) || error instanceof CliError || !/^E[A-Z]+$/.test(code ?? '')) throw error;
    throw new CliError(exitCodes.usage, `${path ?? 'a file'} cannot be read: ${error.message}`);
  }
}
