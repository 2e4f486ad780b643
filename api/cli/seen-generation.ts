import type { JsonObject } from '../../schemas/json.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { oneLine } from './server-text.ts';

/** Which stop or pause is meant: nobody lifts what they have not seen. Undefined when it was not said. */
export function seenGeneration({ generation }: { generation?: string }): number | undefined {
  if (generation === undefined) return undefined;
  if (/^[1-9][0-9]{0,8}$/.test(generation)) return Number(generation);
  throw new CliError(exitCodes.usage, '--generation is a number from 1 on.');
}

/** What is in force, for whoever did not say what they mean, and how it is lifted. */
export function unseen({ setBy, setAt, reason, generation }: JsonObject, lift: string): CliError {
  return new CliError(
    exitCodes.usage,
    `Set by ${oneLine(setBy)} at ${oneLine(setAt)}: ${oneLine(reason)}
Nothing was changed. To lift this one: ${lift} --generation ${oneLine(generation)} --reason "..."`,
  );
}
