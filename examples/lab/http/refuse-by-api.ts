import { refuseChat } from '../chat/answer-chat.ts';
import { refuseGraph } from '../graph/answer-graph.ts';
import { graphFamilyOf } from '../graph/graph-family.ts';
import { refuseMde } from '../mde/answer-mde.ts';
import type { Family } from '../scenario.ts';
import { type Answer, type LabRequest, Refusal } from './answer.ts';

type Trouble = 'bad-request' | 'throttled' | 'server-error';

const codes: { [base: string]: Record<Trouble, string> } = {
  mde: { 'bad-request': 'BadRequest', throttled: 'TooManyRequests', 'server-error': 'InternalServerError' },
  graph: {
    'bad-request': 'invalidRequest',
    throttled: 'activityLimitReached',
    'server-error': 'generalException',
  },
  chat: { 'bad-request': 'BadRequest', throttled: 'TooManyRequests', 'server-error': 'InternalServerError' },
  login: {
    'bad-request': 'invalid_request',
    throttled: 'temporarily_unavailable',
    'server-error': 'server_error',
  },
};

/** What happens before any API sees the request, such as a fault, still speaks the form of that API. */
export function refuseByApi(
  base: string,
  request: LabRequest,
  trouble: { kind: Trouble; status: number; message: string; retryAfterSeconds?: number | null },
  nowMs: number,
): Answer {
  const { retryAfterSeconds, kind, status, message } = trouble;
  const wait =
    typeof retryAfterSeconds === 'number' ? { 'retry-after': String(retryAfterSeconds) } : undefined;
  const refusal = new Refusal(status, codes[base]?.[kind] ?? kind, message, wait);
  switch (base) {
    case 'mde':
      return refuseMde(refusal);
    case 'graph':
      return refuseGraph(refusal, request, nowMs);
    case 'login':
      return {
        status,
        headers: refusal.headers,
        body: { error: refusal.code, error_description: message },
      };
    default:
      return refuseChat(refusal);
  }
}

/** The rate-limit family of a request, for faults that throttle. */
export function familyOf(base: string, request: LabRequest): Family {
  switch (base) {
    case 'graph':
      return graphFamilyOf(request.segments);
    case 'mde':
    case 'chat':
      return base;
    default:
      return 'login';
  }
}
