import type { CasesText } from '../../engine/core/cases/play-published.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { object } from '../openapi/schema-words.ts';
import { Problem } from './problem.ts';
import { type BodySpec, kibibyte } from './route.ts';
import { sourceBody } from './source-body.ts';

/* A playbook with the cases beside it: JSON alone can say both. A body of YAML is the playbook and nothing else. */

const casesBytesMax = 256 * kibibyte;
/** Of all files together: alerts, of which a thousand hosts are a hundred kilobytes. */
const filesBytesMax = 512 * kibibyte;
const filesMost = 50;

const fileName: JsonObject = { type: 'string', minLength: 1, maxLength: 512 };

const casesFields: JsonObject = object(
  {
    source: { type: 'string', minLength: 1, maxLength: casesBytesMax },
    file: fileName,
    files: {
      type: 'object',
      maxProperties: filesMost,
      additionalProperties: { type: 'string', maxLength: filesBytesMax },
    },
  },
  ['file', 'files'],
);

export const publishBody: BodySpec = {
  ...sourceBody,
  bytesMax: sourceBody.bytesMax + 2 * (casesBytesMax + filesBytesMax),
  schema: object(
    {
      source: { type: 'string', minLength: 1, maxLength: 256 * kibibyte },
      file: fileName,
      cases: casesFields,
    },
    ['file', 'cases'],
  ),
};

interface Given {
  cases?: { source: string; file?: string; files?: { [name: string]: string } };
}

/** Null when there are none. */
export function casesOf(body: unknown, file: string): CasesText | null {
  if (typeof body === 'string') return null;
  const { cases } = body as Given;
  if (cases === undefined) return null;
  const { files = {} } = cases;
  const filesBytes = Object.entries(files).reduce(
    (sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text),
    0,
  );
  if (Buffer.byteLength(cases.source) > casesBytesMax || filesBytes > filesBytesMax)
    throw new Problem('request/too-large');
  return { source: cases.source, file: cases.file ?? file, files };
}
