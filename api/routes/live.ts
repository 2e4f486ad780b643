import { mayI } from '../../engine/core/identity/rights.ts';
import { pointPattern, readPoint } from '../../engine/core/outward/live-point.ts';
import { type LiveTopic, readTopics, rightOf, topicsMax } from '../../engine/core/outward/live-topics.ts';
import { liveLimits, type Refused } from '../../engine/runtime/outward/tell-live.ts';
import type { Deps } from '../http/deps.ts';
import { text } from '../http/list-query.ts';
import { Problem } from '../http/problem.ts';
import type { Route, RouteRequest } from '../http/route.ts';

const topic = '(approvals|incidents|stops|runs(:run_[A-Za-z0-9_-]{1,64})?|presence:apr_[A-Za-z0-9_-]{1,64})';

/** Kept by nobody, and told as it is: a proxy that collects or packs it would hold it back. */
const headers = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  'X-Accel-Buffering': 'no',
};

export const liveRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/stream',
    operationId: 'lookOn',
    summary: 'Server-sent events that say that something changed, and not what: fetch it again.',
    permission: 'approvals.read',
    byItself: true,
    query: {
      topics: {
        schema: { type: 'string', pattern: `^${topic}(,${topic}){0,${topicsMax - 1}}$` },
        description: `\`approvals\`, \`incidents\`, \`stops\` with the pause, all \`runs\` and single ones, up to ${topicsMax} in all: \`approvals,runs:run_1\`. \`presence:apr_1\` tells when somebody else opens or leaves that question. Each takes the right to read it. Of incidents, stops and all runs it is told that one of them changed, once for all that did within half a second.`,
      },
      from: {
        schema: { type: 'string', pattern: pointPattern },
        description:
          'As `Last-Event-ID`, for a browser, which cannot say that when it opens a stream: a place that was known before what is shown was read. The header counts where both are there.',
      },
    },
    headers: {
      'last-event-id': {
        schema: { type: 'string', pattern: pointPattern },
        description:
          'The `id` of the last event that was seen: what came after it is told first, or `live.reset` where that is too much or not there any more.',
      },
    },
    answers: {
      200: {
        description:
          'Events without a name. `data` is `{ type, ref, version }`: the type of the entry, what it is about (null: one of them), and the sequence of the entry; `id` is the log and that sequence. `approval.presence` is in no log, so it has no `id`. `live.reset` means that something may have been missed. A comment comes every 15 seconds.',
        type: 'text/event-stream',
      },
      503: { description: 'Too many look on at this process, or it stops. Come again, or poll.' },
    },
    async handle(request, deps) {
      const { caller } = request;
      const topics = topicsOf(request);
      for (const { kind } of topics) {
        const right = mayI(caller, rightOf[kind]);
        if (!right.allowed) throw new Problem(right.code, right.reason);
      }
      await expectRuns(request, topics, deps);
      const last = request.header('last-event-id') ?? text(request.query.from);
      // The place is known before the answer begins, so whoever reads after that misses nothing in between.
      const from = last === undefined ? await deps.live.head() : readPoint(last);
      const still = async (): Promise<boolean> => {
        const now = await request.again();
        return now !== null && topics.every(({ kind }) => mayI(now, rightOf[kind]).allowed);
      };
      const pieces = deps.live.open({ caller: caller.id, topics, still }, from, request.gone);
      if (typeof pieces === 'string') throw refusals[pieces]();
      return { status: 200, headers, pieces };
    },
  },
];

function topicsOf({ query }: RouteRequest): LiveTopic[] {
  const named = text(query.topics);
  if (named !== undefined) return readTopics(named);
  const detail = 'topics is missing: say what to tell you of, e.g. topics=approvals,runs:run_1.';
  throw new Problem('request/invalid', detail, {
    errors: [{ pointer: '/query/topics', code: 'request/invalid', detail }],
  });
}

/** One that is somebody else's is not told apart from one that never was, and asking for it is written down. */
async function expectRuns({ caller }: RouteRequest, topics: readonly LiveTopic[], deps: Deps): Promise<void> {
  const runs = topics.flatMap((topic) => (topic.kind === 'runs' && topic.run !== null ? [topic.run] : []));
  const there = new Set(await deps.read.runsThere(caller.tenant, runs));
  const missing = runs.find((run) => !there.has(run));
  if (missing === undefined) return;
  const { kind, id, channel, requestId } = caller;
  await deps.identity.noteMissing(
    { actor: { kind, id, channel }, requestId },
    { route: 'GET /v1/stream', id: missing },
  );
  throw new Problem('request/not-found');
}

const refusals: Record<Refused, () => Problem> = {
  'caller-full': () =>
    new Problem(
      'request/rate-limited',
      `You look on ${liveLimits.perCaller} times already. Close one, or name several topics in one request.`,
      { headers: { 'Retry-After': '15' } },
    ),
  'process-full': () =>
    new Problem('request/unavailable', 'As many look on here as one process serves. Poll, or come again.', {
      headers: { 'Retry-After': '15' },
    }),
  stopping: () =>
    new Problem('request/unavailable', 'This process stops. Come again.', {
      headers: { 'Retry-After': '2' },
    }),
};
