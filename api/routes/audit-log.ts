import { exactText } from '../../engine/core/audit/exact-text.ts';
import { hexOf } from '../../engine/core/audit/merkle.ts';
import { parseTilePath } from '../../engine/core/audit/tile-path.ts';
import { tileHeight } from '../../engine/core/audit/tiles.ts';
import type { PublishedLog } from '../../engine/runtime/audit/read-published.ts';
import type { Deps } from '../http/deps.ts';
import { queries, text as textOf } from '../http/list-query.ts';
import { found, Problem } from '../http/problem.ts';
import type { Answer, QueryParameter, Route, RouteRequest } from '../http/route.ts';
import { integer, list, nullable, object, text } from '../openapi/schema-words.ts';

/*
 * The log as C2SP tlog-tiles has it, below one prefix, and proofs for those who do not want to fetch
 * tiles. All of it ends at the newest signed checkpoint: what is sealed behind it is not promised yet.
 */

const textType = 'text/plain; charset=utf-8';
const bytesType = 'application/octet-stream';

/** A tile that is full never changes. All of it is for those who may read the log, so caches stay private. */
const caching = {
  checkpoint: 'private, max-age=2',
  full: 'private, max-age=31536000, immutable',
  partial: 'private, max-age=60',
  // Texts name people and hosts, and may be pruned: they stay in no cache.
  entries: 'no-store',
} as const;

/** Three groups of digits, which is a tile for 256 thousand million entries, and the width of a partial tile. */
const tilePlaces = [
  '{first}',
  '{first}/{second}',
  '{first}/{second}/{third}',
  '{first}/{second}/{third}/{fourth}',
];

const tileNames = [
  'tile or entry bundle',
  'with one more part of its name',
  'with two more',
  'with three more',
];

export const auditLogRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/audit/log/checkpoint',
    operationId: 'readLogCheckpoint',
    summary: 'The newest signed head as a C2SP checkpoint, byte for byte.',
    permission: 'audit.read',
    readsLog: true,
    query: { log: queries.log },
    answers: { 200: { description: 'A signed note.', type: textType } },
    async handle({ caller, query }, { read }) {
      const { note } = found(await read.readPublished(caller.tenant, logOf(query)));
      return bytesAnswer(Buffer.from(note), textType, caching.checkpoint);
    },
  },
  ...tilePlaces.map(
    (place, at): Route => ({
      method: 'get',
      path: `/v1/audit/log/tile/{level}/${place}`,
      operationId: `readLogTile${at + 1}`,
      summary: `A C2SP tlog-tiles ${tileNames[at]}: \`tile/0/x001/067.p/8\`, or \`entries\` as the level.`,
      permission: 'audit.read',
      readsLog: true,
      query: { log: queries.log },
      answers: { 200: { description: 'Hashes or entries, as the format packs them.', type: bytesType } },
      handle: answerTile,
    }),
  ),
  {
    method: 'get',
    path: '/v1/audit/data',
    operationId: 'readEntryData',
    summary: 'What did not fit into an entry and is kept beside it: the entry names its digest.',
    permission: 'audit.read',
    readsLog: true,
    query: { index: number('Of the entry.'), log: queries.log },
    answers: {
      200: {
        description: 'The exact text that the digest is over; null when it is gone.',
        schema: object({ index: integer, log: text, sha256: nullable(text), data: nullable(text) }),
      },
    },
    async handle({ caller, query }, { read }) {
      const { logId } = found(await read.readPublished(caller.tenant, logOf(query)));
      const kept = await read.readEntryData(caller.tenant, logId, requiredNumber(query, 'index'));
      return { status: 200, body: { ...found(kept) } };
    },
  },
  {
    method: 'get',
    path: '/v1/audit/proofs/inclusion',
    operationId: 'proveInclusion',
    summary: 'One entry with the hashes that prove it is in the log (RFC 9162), computed from tiles.',
    permission: 'audit.read',
    readsLog: true,
    query: {
      index: number('Of the entry.'),
      size: number('Of the tree; default the newest checkpoint.'),
      log: queries.log,
    },
    answers: {
      200: {
        description: 'The proof; `checkpoint` when that size was signed.',
        schema: object({
          origin: text,
          key: nullable(text),
          index: integer,
          size: integer,
          leaf: text,
          entry: nullable(text),
          root: text,
          hashes: list(text),
          checkpoint: nullable(text),
        }),
      },
    },
    async handle({ caller, query }, { read }) {
      const log = found(await read.readPublished(caller.tenant, logOf(query)));
      const size = sizeOf(query, 'size', log, log.size);
      const index = requiredNumber(query, 'index');
      if (index >= size) throw wrong('index', `Entry ${index} is not in a tree of ${size} entries.`);
      const { entry, note, ...proof } = await read.proveInclusion(caller.tenant, log, index, size);
      return {
        status: 200,
        body: {
          origin: log.origin,
          key: log.vkey,
          index,
          size,
          leaf: hexOf(proof.leaf),
          entry: exactText(entry),
          root: hexOf(proof.root),
          hashes: proof.hashes.map(hexOf),
          checkpoint: note,
        },
      };
    },
  },
  {
    method: 'get',
    path: '/v1/audit/proofs/consistency',
    operationId: 'proveConsistency',
    summary:
      'The hashes that prove an earlier tree is a prefix of a later one (RFC 9162), computed from tiles.',
    permission: 'audit.read',
    readsLog: true,
    query: {
      from: number('The earlier size.'),
      to: number('The later size; default the newest checkpoint.'),
      log: queries.log,
    },
    answers: {
      200: {
        description: 'The proof.',
        schema: object({ from: integer, to: integer, fromRoot: text, toRoot: text, hashes: list(text) }),
      },
    },
    async handle({ caller, query }, { read }) {
      const log = found(await read.readPublished(caller.tenant, logOf(query)));
      const to = sizeOf(query, 'to', log, log.size);
      const from = requiredNumber(query, 'from');
      if (from > to) throw wrong('from', `A tree of ${to} entries has no prefix of ${from}.`);
      const proof = await read.proveConsistency(caller.tenant, log, from, to);
      const hexed = { fromRoot: hexOf(proof.fromRoot), toRoot: hexOf(proof.toRoot) };
      return { status: 200, body: { from, to, ...hexed, hashes: proof.hashes.map(hexOf) } };
    },
  },
];

async function answerTile(request: RouteRequest, { read }: Deps): Promise<Answer> {
  const { level, first, second, third, fourth } = request.params;
  const parts = ['tile', level, first, second, third, fourth].filter((part) => part !== undefined);
  const named = found(parseTilePath(parts.join('/')));
  const { tenant } = request.caller;
  const log = found(await read.readPublished(tenant, logOf(request.query)));
  const bytes = await read.readNamedTile(tenant, log, named);
  if (bytes === 'unknown') throw new Problem('request/not-found');
  if (bytes === 'pruned') throw new Problem('audit/pruned');
  if (named.kind === 'entries') return bytesAnswer(bytes, bytesType, caching.entries);
  return bytesAnswer(bytes, bytesType, named.width === tileHeight ? caching.full : caching.partial);
}

/** Null for the newest one. */
function logOf(query: RouteRequest['query']): string | null {
  return textOf(query.log) ?? null;
}

function bytesAnswer(bytes: Uint8Array, type: string, cache: string): Answer {
  const headers = { 'Content-Type': type, 'Cache-Control': cache, 'Content-Length': String(bytes.length) };
  return { status: 200, bytes, headers };
}

function number(description: string): QueryParameter {
  return { schema: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }, description };
}

function requiredNumber(query: RouteRequest['query'], name: string): number {
  const given = query[name];
  if (typeof given !== 'number') throw wrong(name, `${name} is missing.`);
  return given;
}

/** A size that nobody has signed yet is refused: a proof for it could not be held against anything. */
function sizeOf(query: RouteRequest['query'], name: string, log: PublishedLog, fallback: number): number {
  const given = query[name];
  if (typeof given !== 'number') return fallback;
  if (given > log.size)
    throw wrong(
      name,
      `The newest checkpoint is about ${log.size} entries; there is none about ${given} yet.`,
    );
  return given;
}

function wrong(name: string, detail: string): Problem {
  const errors = [{ pointer: `/query/${name}`, code: 'request/invalid', detail }];
  return new Problem('request/invalid', detail, { errors });
}
