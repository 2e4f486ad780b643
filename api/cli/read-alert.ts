import { readFile } from 'node:fs/promises';
import { stdin } from 'node:process';
import { text } from 'node:stream/consumers';
import { parseExactly } from '../../engine/core/contracts/parse-exactly.ts';
import { normalizeAlert } from '../../engine/core/intake/normalize-alert.ts';
import { isJsonObject, type Json, type JsonObject } from '../../schemas/json.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { oneLine } from './server-text.ts';

/**
 * One alert of a file, normalised as the engine would; `-` is stdin.
 * @throws CliError when it cannot be read, or with every reason for which the engine would refuse it
 */
export async function readAlert(file: string, source: string): Promise<JsonObject> {
  let content: Json;
  try {
    content = parseExactly(file === '-' ? await text(stdin) : await readFile(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : 'cannot be read';
    throw new CliError(exitCodes.failure, `${file}: ${why}`);
  }
  const list = Array.isArray(content)
    ? content
    : isJsonObject(content) && Array.isArray(content.value)
      ? content.value
      : [content];
  const [body] = list;
  if (body === undefined || list.length > 1)
    throw new CliError(exitCodes.usage, `${file} holds ${list.length} alerts; give one at a time.`);
  const normalized = normalizeAlert(body, source);
  if (!normalized.ok) {
    const reasons = normalized.problems.map(({ pointer, message }) => `  ${pointer || '/'} ${message}`);
    throw new CliError(
      exitCodes.findings,
      [`${file}: the engine would refuse this alert:`, ...reasons.map(oneLine)].join('\n'),
    );
  }
  return normalized.alert.alert as unknown as JsonObject;
}
