import type { Diagnostic } from '../../engine/core/diagnostics/diagnostic.ts';
import { integer, list, map, object } from '../openapi/schema-words.ts';
import { Problem } from './problem.ts';
import { type BodySpec, kibibyte } from './route.ts';
import type { RefusalError } from './use-cases.ts';

/** A file that an author wrote: YAML as it is, or as a text in JSON. */
export const sourceBody = sourceBodyOf(256 * kibibyte);

export function sourceBodyOf(bytesMax: number): BodySpec {
  return {
    types: ['application/json', 'application/yaml', 'text/yaml'],
    // JSON writes a line break as two characters: that much YAML needs room.
    bytesMax: 2 * bytesMax,
    required: true,
    schema: object(
      {
        source: { type: 'string', minLength: 1, maxLength: bytesMax },
        file: { type: 'string', minLength: 1, maxLength: 512 },
      },
      ['file'],
    ),
  };
}

/** A YAML body is the file itself; JSON may say under which name its diagnostics shall speak. */
export function sourceOf(
  body: unknown,
  file: string,
  bytesMax = 256 * kibibyte,
): { source: string; file: string } {
  const given = typeof body === 'string' ? { source: body, file } : { file, ...(body as { source: string }) };
  if (Buffer.byteLength(given.source) > bytesMax) throw new Problem('request/too-large');
  return given;
}

export function toErrors(diagnostics: readonly Diagnostic[]): RefusalError[] {
  return diagnostics
    .filter(({ severity }) => severity === 'error')
    .map(({ path, code, message, line, column }) => ({
      pointer: path,
      code,
      detail: message,
      line,
      column,
    }));
}

export const diagnosticsSchema = object({
  schemaVersion: integer,
  counts: object({ error: integer, warning: integer, info: integer }),
  diagnostics: list(map),
});
