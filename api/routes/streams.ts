import { pageAnswer, pageOf, queries } from '../http/list-query.ts';
import { accepted, Problem } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import type { NewStreamInput } from '../http/use-cases.ts';
import { flag, integer, list, nullable, object, oneOf, page, text, time } from '../openapi/schema-words.ts';

const path = '/v1/settings/streams';

const verb = (kind: 'pause' | 'resume', summary: string): Route => ({
  method: 'post',
  path: `${path}/{id}/${kind}`,
  operationId: `${kind}Stream`,
  summary,
  permission: 'streams.manage',
  answers: { 204: { description: 'Done.' } },
  async handle({ caller, params }, { useCases }) {
    accepted(await useCases.changeStream(caller, { kind, id: String(params.id) }));
    return { status: 204 };
  },
});

interface StreamBody {
  id: string;
  url: string;
  types?: string[];
  kind?: 'webhook' | 'syslog' | 'json-lines';
  secretName?: string;
  authority?: string;
}

/** @throws Problem request/invalid */
function streamOf({
  id,
  url,
  types = [],
  kind = 'webhook',
  secretName,
  authority,
}: StreamBody): NewStreamInput {
  if (kind === 'webhook') {
    if (secretName === undefined)
      throw new Problem(
        'request/invalid',
        'A webhook is signed: name the variable that holds its secret in "secretName".',
      );
    if (authority !== undefined)
      throw new Problem('request/invalid', '"authority" belongs to a line over TLS.');
    return { id, url, types, kind, secretName };
  }
  if (secretName !== undefined)
    throw new Problem('request/invalid', 'Nothing signs what goes over a line: leave "secretName" out.');
  return { id, url, types, kind, authority: authority ?? null };
}

export const streamRoutes: readonly Route[] = [
  {
    method: 'get',
    path,
    operationId: 'listStreams',
    summary: 'Where entries are told outside, with lag and last error.',
    permission: 'streams.manage',
    query: queries.paging,
    answers: {
      200: {
        description: 'A page, by id.',
        schema: page(
          object({
            id: text,
            kind: text,
            url: text,
            types: list(text),
            secretName: nullable(text),
            ownAuthority: flag,
            state: oneOf(['paused', 'failing', 'behind', 'current']),
            lag: integer,
            position: integer,
            attempts: integer,
            nextTryAt: nullable(time),
            failingSince: nullable(time),
            lastError: nullable(text),
            lastSentAt: nullable(time),
          }),
        ),
      },
    },
    async handle(request, { read }) {
      const answer = await read.listStreams(request.caller.tenant, {}, pageOf(request));
      return pageAnswer(request, answer, answer.items);
    },
  },
  {
    method: 'post',
    path,
    operationId: 'createStream',
    summary: 'Tell entries from now on, at least once and in order: to a webhook, signed, or over a line.',
    permission: 'streams.manage',
    body: {
      types: ['application/json'],
      bytesMax: 64 * kibibyte,
      required: true,
      schema: object(
        {
          id: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,62}$' },
          url: { type: 'string', minLength: 8, maxLength: 2000 },
          types: { type: 'array', maxItems: 200, items: { type: 'string', minLength: 1, maxLength: 100 } },
          kind: oneOf(['webhook', 'syslog', 'json-lines']),
          secretName: { type: 'string', pattern: '^STREAM_SECRET_[A-Z0-9_]{1,64}$' },
          authority: { type: 'string', minLength: 1, maxLength: 65_536 },
        },
        ['types', 'kind', 'secretName', 'authority'],
      ),
    },
    answers: { 201: { description: 'It begins with the next entry.', schema: object({ id: text }) } },
    async handle({ caller, body }, { useCases }) {
      const stream = streamOf(body as StreamBody);
      accepted(await useCases.changeStream(caller, { kind: 'create', stream }));
      return { status: 201, body: { id: stream.id } };
    },
  },
  {
    method: 'delete',
    path: `${path}/{id}`,
    operationId: 'removeStream',
    summary: 'Tell that receiver nothing any more; its position is forgotten.',
    permission: 'streams.manage',
    answers: { 204: { description: 'Removed.' } },
    async handle({ caller, params }, { useCases }) {
      accepted(await useCases.changeStream(caller, { kind: 'remove', id: String(params.id) }));
      return { status: 204 };
    },
  },
  {
    method: 'post',
    path: `${path}/{id}/test`,
    operationId: 'testStream',
    summary: 'Send one message of type stream.test now; the position does not move.',
    permission: 'streams.manage',
    answers: {
      200: { description: 'Sent, or why not.', schema: object({ taken: flag, error: nullable(text) }) },
    },
    async handle({ caller, params }, { useCases }) {
      const { error } = accepted(
        await useCases.changeStream(caller, { kind: 'test', id: String(params.id) }),
      );
      return { status: 200, body: { taken: error === null, error } };
    },
  },
  verb('pause', 'Keep its position and send nothing.'),
  verb('resume', 'Go on where it was; a failing one is tried at once.'),
];
