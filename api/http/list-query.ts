import type { Page, PageRequest } from '../../engine/runtime/read/read-page.ts';
import { readTarget } from '../../engine/runtime/read/target.ts';
import { isMoment } from '../../engine/runtime/read/time.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { Problem } from './problem.ts';
import type { Answer, QueryParameter, RouteRequest } from './route.ts';

/*
 * The plain query parameters that all lists share, read into what the read models take. The document
 * has validated types and patterns before.
 */

export function pageOf(request: RouteRequest): PageRequest {
  const { limit, cursor } = request.query;
  return {
    limit: typeof limit === 'number' ? limit : 50,
    cursor: text(cursor),
  };
}

/** `waiting,running` → two words. */
export function words(value: RouteRequest['query'][string]): string[] | undefined {
  return text(value)?.split(',');
}

export function text(value: RouteRequest['query'][string]): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** A time of a window; the document has looked at its form, not at the calendar. */
export function moment(value: RouteRequest['query'][string]): string | undefined {
  const given = text(value);
  if (given !== undefined && !isMoment(given))
    throw new Problem('request/invalid', 'since and until name days that exist.');
  return given;
}

export function target(value: RouteRequest['query'][string]): { kind: string; id: string } | undefined {
  const given = text(value);
  if (given === undefined) return undefined;
  const read = readTarget(given);
  if (read === null) throw new Problem('request/invalid', 'target is written kind:id, for example host:H17.');
  return read;
}

/** The page, with a `Link` to the next one that keeps sort and filter. */
export function pageAnswer<Item>(request: RouteRequest, page: Page<unknown>, items: Item[]): Answer {
  const body = { items, next: page.next };
  if (page.next === null) return { status: 200, body };
  const [path = '', query = ''] = request.url.split('?');
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', page.next);
  return {
    status: 200,
    body,
    headers: { Link: `<${path}?${parameters}>; rel="next"` },
  };
}

const wordList = (of: readonly string[]): JsonObject => ({
  type: 'string',
  pattern: `^(${of.join('|')})(,(${of.join('|')}))*$`,
});

export const queries = {
  paging: {
    limit: {
      schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
      description: 'Items per page.',
    },
    cursor: {
      schema: { type: 'string', maxLength: 2048, pattern: '^[A-Za-z0-9_-]+$' },
      description: '`next` of the page before; sort and filter must be the same.',
    },
  },
  log: {
    schema: { type: 'string', pattern: '^[0-9]{1,9}(-[0-9a-f]{8})?$' },
    description: 'Id of an earlier log that is closed; default the newest.',
  },
  window: {
    since: {
      schema: { type: 'string', pattern: rfc3339() },
      description: 'Not before this time, RFC 3339.',
    },
    until: {
      schema: { type: 'string', pattern: rfc3339() },
      description: 'Before this time, RFC 3339.',
    },
  },
  id: (description: string): QueryParameter => ({
    schema: { type: 'string', pattern: '^[A-Za-z0-9_.:@/-]{1,256}$' },
    description,
  }),
  oneOrMore: (of: readonly string[], description: string): QueryParameter => ({
    schema: wordList(of),
    description: `${description} Several are separated by commas.`,
  }),
  sort: (by: readonly string[]): QueryParameter => ({
    schema: {
      type: 'string',
      enum: by.flatMap((name) => [name, `-${name}`]),
      default: `-${by[0]}`,
    },
    description: 'A minus sign sorts downwards.',
  }),
  /** Path of a step or scope: `run/sweep[m1]/quarantine`. */
  path: (description: string): QueryParameter => ({
    schema: { type: 'string', pattern: '^run[A-Za-z0-9_.:/[\\]%#~-]{0,1000}$' },
    description,
  }),
  target: {
    schema: {
      type: 'string',
      minLength: 3,
      maxLength: 600,
      pattern: '^[a-z]+:[^\\u0000]+$',
    },
    description: 'Kind and id of a target, e.g. `host:H17`.',
  },
  search: {
    schema: { type: 'string', minLength: 1, maxLength: 200, pattern: '^[^\\u0000]+$' },
    description: 'Text in the title.',
  },
};

/** A pattern and not only `format`: the text goes to the database, which takes more than RFC 3339. */
function rfc3339(): string {
  return '^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])[Tt]([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?([Zz]|[+-](0\\d|1[0-4]):[0-5]\\d)$';
}
