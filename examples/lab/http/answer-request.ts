import { answerAdmin } from '../admin/answer-admin.ts';
import { answerChat } from '../chat/answer-chat.ts';
import { answerGraph } from '../graph/answer-graph.ts';
import type { LabContext } from '../lab-context.ts';
import { answerLogin } from '../login/answer-login.ts';
import { answerMde } from '../mde/answer-mde.ts';
import { settle } from '../world/settle.ts';
import type { Answer, LabRequest } from './answer.ts';

/**
 * One request to one of the APIs, from what is due to the answer, in one go: nothing else happens in
 * between, and every effect is written down before the answer exists.
 */
export function answerRequest(lab: LabContext, base: string, request: LabRequest): Answer {
  settle(lab.world);
  switch (base) {
    case 'login':
      return answerLogin(lab, request);
    case 'graph':
      return answerGraph(lab, request);
    case 'mde':
      return answerMde(lab, request);
    case 'chat':
      return answerChat(lab, request);
    case 'lab':
      return answerAdmin(lab, request);
    default:
      return { status: 404, body: { error: { code: 'NotFound', message: 'The lab has no such API.' } } };
  }
}
