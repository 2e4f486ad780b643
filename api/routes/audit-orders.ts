import { mayI } from '../../engine/core/identity/rights.ts';
import type { OrderAnswer } from '../../engine/runtime/order-audit.ts';
import { permissionsOf } from '../http/permissions-of.ts';
import { accepted, Problem } from '../http/problem.ts';
import { type BodySpec, kibibyte, type Route } from '../http/route.ts';
import type { AuditWish } from '../http/use-cases.ts';
import {
  flag,
  integer,
  list,
  nullable,
  object,
  oneOf,
  permissionFields,
  text,
  time,
} from '../openapi/schema-words.ts';

/*
 * What two people order about the log itself. The order is done by the sequencer, so the answer to the
 * second word says `confirmed`, and the first entry of what follows says that it was done.
 */

const kinds = ['incarnation', 'key', 'truncation', 'place'] as const;

const proposalBody: BodySpec = {
  types: ['application/json'],
  bytesMax: 16 * kibibyte,
  required: true,
  schema: object(
    {
      kind: oneOf(kinds),
      reason: { type: 'string', minLength: 1, maxLength: 1000 },
      /** Of an incarnation: whether the old key may vouch for the new one. */
      oldKey: oneOf(['good', 'lost']),
      /** Of a truncation: the manifest's digest of the export that keeps the texts, of which log it is, how many it holds. */
      archive: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
      archivedLog: { type: 'string', minLength: 1, maxLength: 1000 },
      archivedTo: { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
      /** Of a place that is given up: its name, as the state lists it. */
      place: { type: 'string', minLength: 1, maxLength: 1000 },
    },
    ['oldKey', 'archive', 'archivedLog', 'archivedTo', 'place'],
  ),
};

const digestBody: BodySpec = {
  types: ['application/json'],
  bytesMax: kibibyte,
  required: true,
  schema: object({ digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' } }),
};

const answerSchema = object({
  kind: oneOf(kinds),
  state: oneOf(['proposed', 'confirmed']),
  digest: text,
  toSign: flag,
});

/** As the engine answered, without what it says of success. */
function bodyOf({ kind, state, digest, toSign }: Extract<OrderAnswer, { ok: true }>) {
  return { kind, state, digest, toSign };
}

function wishOf(body: unknown): AuditWish {
  const asked = body as {
    kind: AuditWish['kind'];
    oldKey?: 'good' | 'lost';
    archive?: string;
    archivedLog?: string;
    archivedTo?: number;
    place?: string;
  };
  switch (asked.kind) {
    case 'incarnation':
      return { kind: asked.kind, oldKey: asked.oldKey ?? 'good' };
    case 'key':
      return { kind: asked.kind };
    case 'truncation': {
      const { kind, archive, archivedLog, archivedTo } = asked;
      if (archive === undefined || archivedLog === undefined || archivedTo === undefined)
        throw new Problem(
          'request/invalid',
          'A truncation names the archive that keeps the texts: archive, archivedLog, archivedTo.',
        );
      return { kind, archive, archivedLog, archivedTo };
    }
    case 'place': {
      const { kind, place } = asked;
      if (place === undefined)
        throw new Problem(
          'request/invalid',
          'Giving a place up names it: place, as GET /v1/audit/orders lists it.',
        );
      return { kind, place };
    }
  }
}

/** Places, heads and reasons as the sequencer found them; a digest is over exactly these. */
const foundSchema = { type: 'object', additionalProperties: true };

export const auditOrderRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/audit/orders',
    operationId: 'readLogState',
    summary:
      'Whether the log holds containment and why, what is ordered about it, the places outside and the logs there are.',
    permission: 'stops.read',
    answers: {
      200: {
        description:
          'The state. `terms` of an order is what its digest is over. `toSign`: both people sign what they order with their passkeys, in the console; `signed` says who has.',
        schema: object({
          hold: nullable(object({ reason: text, since: time })),
          doubt: nullable(foundSchema),
          toSign: flag,
          orders: list(
            object({
              digest: text,
              state: oneOf(['proposed', 'confirmed']),
              terms: foundSchema,
              proposedBy: text,
              proposedById: text,
              proposedAt: time,
              lapsesAt: nullable(time),
              confirmedBy: nullable(text),
              signed: object({ proposer: flag, confirmer: flag }),
              waitsFor: list(text),
            }),
          ),
          places: list(
            object({
              place: text,
              size: integer,
              carriedAt: nullable(time),
              failingSince: nullable(time),
              problem: nullable(text),
              givenUpAt: nullable(time),
            }),
          ),
          logs: list(
            object({
              log: text,
              origin: text,
              key: nullable(text),
              size: integer,
              startedAt: time,
              closedAt: nullable(time),
              keys: list(object({ key: text, since: integer, by: nullable(text) })),
            }),
          ),
          ...permissionFields,
        }),
      },
    },
    async handle({ caller }, { read, ordersSigned = false }) {
      const state = await read.readLogState(caller.tenant);
      const toSign = state.toSign || ordersSigned;
      return {
        status: 200,
        body: { ...state, toSign, ...permissionsOf({ order: mayI(caller, 'audit.repair') }) },
      };
    },
  },
  {
    method: 'post',
    path: '/v1/audit/orders',
    operationId: 'proposeAuditOrder',
    summary:
      'Propose a new log, a new key, that old texts go or that a place is given up: the first of two people, freshly signed in.',
    permission: 'audit.repair',
    body: proposalBody,
    answers: {
      200: {
        description:
          'Proposed; it takes the place of an earlier proposal. `toSign`: whoever proposed it signs it with their passkey in the console (`/audit/log`), and nobody can confirm it before.',
        schema: answerSchema,
      },
    },
    async handle({ caller, body }, { useCases }) {
      const { reason } = body as { reason: string };
      const answer = accepted(await useCases.proposeAuditOrder(caller, { wish: wishOf(body), reason }));
      return { status: 200, body: bodyOf(answer) };
    },
  },
  {
    method: 'post',
    path: '/v1/audit/orders/confirm',
    operationId: 'confirmAuditOrder',
    summary:
      'The second of two people, freshly signed in, names the digest of what they have read. Where it has to be signed, they confirm in the console instead.',
    permission: 'audit.repair',
    body: digestBody,
    answers: { 200: { description: 'Confirmed; the sequencer does it now.', schema: answerSchema } },
    async handle({ caller, body }, { useCases }) {
      const answer = accepted(await useCases.confirmAuditOrder(caller, body as { digest: string }));
      return { status: 200, body: bodyOf(answer) };
    },
  },
];
