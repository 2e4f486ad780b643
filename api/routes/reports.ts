import type { ResponseTimes } from '../../engine/core/report/response.ts';
import { answeredMost } from '../../engine/runtime/read/read-response.ts';
import type { Route } from '../http/route.ts';
import { flag, integer, list, nullable, object, text } from '../openapi/schema-words.ts';

const times = object({
  cases: integer,
  median: nullable(text),
  ninth: nullable(text),
  parts: nullable(object({ untilRun: text, waiting: text, doing: text, confirming: text })),
});

/** ISO 8601, in whole seconds. */
const duration = (ms: number): string => `PT${Math.round(ms / 1000)}S`;
const durationOr = (ms: number | null): string | null => (ms === null ? null : duration(ms));

function shownTimes({ cases, median, ninth, parts }: ResponseTimes) {
  return {
    cases,
    median: durationOr(median),
    ninth: durationOr(ninth),
    parts: parts && {
      untilRun: duration(parts.untilRun),
      waiting: duration(parts.waiting),
      doing: duration(parts.doing),
      confirming: duration(parts.confirming),
    },
  };
}

export const reportRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/reports/response',
    operationId: 'readResponseTimes',
    summary: 'How long it took from the detection until the target was contained, for 7 and 30 days.',
    permission: 'runs.read',
    answers: {
      200: {
        description: `\`respond\`: alerts for which something was contained, from when their source raised them until the last contain action was confirmed. \`decide\`: alerts for which nothing was contained and about which a person decided, until their last word. \`median\` and \`ninth\` (nine of ten took no longer) are times that there were, as ISO 8601 durations; \`parts\` are medians each of its own. \`before\` is as much time before. \`partial\`: of more than ${answeredMost} actions or questions, the newest. Kept for a minute.`,
        schema: object({
          reports: list(
            object({
              days: integer,
              partial: flag,
              respond: times,
              decide: times,
              before: object({ respond: times, decide: times }),
            }),
          ),
        }),
      },
    },
    async handle({ caller }, { read }) {
      const reports = await read.readResponse(caller.tenant);
      return {
        status: 200,
        body: {
          reports: reports.map(({ days, partial, respond, decide, respondBefore, decideBefore }) => ({
            days,
            partial,
            respond: shownTimes(respond),
            decide: shownTimes(decide),
            before: { respond: shownTimes(respondBefore), decide: shownTimes(decideBefore) },
          })),
        },
      };
    },
  },
];
