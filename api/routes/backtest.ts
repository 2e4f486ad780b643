import type { BacktestInput } from '../../engine/runtime/backtest-playbook.ts';
import { limitMost } from '../../engine/runtime/backtest-playbook.ts';
import { isMoment } from '../../engine/runtime/read/time.ts';
import { Problem } from '../http/problem.ts';
import { kibibyte, type Route } from '../http/route.ts';
import { backtestSchema } from '../openapi/backtest-schemas.ts';
import { object, time } from '../openapi/schema-words.ts';
import { candidateFields, candidateOf, refusalOf } from './plan.ts';

interface BacktestBody {
  since?: string;
  until?: string;
  limit?: number;
  source?: string;
  file?: string;
}

export const backtestRoutes: readonly Route[] = [
  {
    method: 'post',
    path: '/v1/playbooks/{id}/backtest',
    operationId: 'backtestPlaybook',
    summary:
      'What the version in force, and a text that is not published, would have done about the alerts of the last 30 days. Changes nothing.',
    permission: 'playbooks.check',
    body: {
      types: ['application/json'],
      bytesMax: 516 * kibibyte,
      required: true,
      schema: object(
        {
          since: time,
          until: time,
          limit: { type: 'integer', minimum: 1, maximum: limitMost, default: limitMost },
          ...candidateFields,
        },
        ['since', 'until', 'limit', 'source', 'file'],
      ),
    },
    answers: {
      200: {
        description:
          'Counts, and the first matches one by one. `truncated` says what was left out: `limit` older alerts, `time` newer ones after 20 seconds.',
        schema: backtestSchema,
      },
    },
    async handle({ caller, params, body, gone }, { useCases, noteReading }) {
      const id = params.id ?? '';
      const answer = await useCases.backtestPlaybook(caller, { ...inputOf(body as BacktestBody, id), gone });
      if (!answer.ok) throw refusalOf(answer);
      const { kind, id: reader, channel, requestId } = caller;
      const what = `backtestPlaybook ${id}`;
      await noteReading({ actor: { kind, id: reader, channel }, requestId }, what, { alerts: 'backtest' });
      return { status: 200, body: answer.report };
    },
  },
];

function inputOf(given: BacktestBody, id: string): BacktestInput {
  const { since = null, until = null, limit = limitMost } = given;
  for (const each of [since, until])
    if (each !== null && !isMoment(each))
      throw new Problem('request/invalid', 'since and until name days that exist.');
  if (since !== null && Date.parse(since) >= (until === null ? Number.POSITIVE_INFINITY : Date.parse(until)))
    throw new Problem('request/invalid', 'since has to be before until.');
  return { playbookId: id, since, until, limit, candidate: candidateOf(given, id) };
}
