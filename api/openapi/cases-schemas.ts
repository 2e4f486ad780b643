import type { JsonObject } from '../../schemas/json.ts';
import { flag, integer, list, object, oneOf, permissionFields, text, time } from './schema-words.ts';

/* Cases that were published with a version, and how they were played. */

const countsSchema = object({ passed: integer, failed: integer, toRecord: integer });
const groupSchema = object({ covered: integer, total: integer });
const groupsSchema = object({ steps: groupSchema, branches: groupSchema, approvals: groupSchema });
const reasonSchema = object({ code: text, line: integer, message: text });

const itemFields: { [name: string]: JsonObject } = {
  number: integer,
  sha256: text,
  publishedBy: text,
  publishedAt: time,
};

/** What publishing says of them. */
export const publishedCasesSchema = object({
  number: integer,
  sha256: text,
  unchanged: flag,
  counts: countsSchema,
  groups: groupsSchema,
});

export const casesSchema = object({
  publishedVersion: integer,
  ...itemFields,
  playedBy: text,
  playedAt: time,
  playedWith: object({ engine: text, compiler: integer, catalogue: text }),
  old: flag,
  counts: countsSchema,
  cases: list(
    object({
      name: text,
      line: integer,
      verdict: oneOf(['passed', 'failed', 'to-record']),
      reasons: list(reasonSchema),
    }),
  ),
  problems: list(reasonSchema),
  reasonsLeftOut: integer,
  coverage: object({
    groups: groupsSchema,
    points: list(
      object({
        id: text,
        group: oneOf(['steps', 'branches', 'approvals']),
        at: text,
        what: text,
        line: integer,
        hits: integer,
      }),
    ),
  }),
  published: list(object(itemFields)),
  ...permissionFields,
});
