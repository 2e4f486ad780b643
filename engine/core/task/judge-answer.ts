import type { Code } from '../../../schemas/codes.ts';
import { freshSignInMs } from '../approval/fresh-sign-in.ts';
import type { Voter } from '../approval/judge-approval.ts';
import type { ActionClass } from '../contracts/action.ts';
import type { TaskAnswer } from '../contracts/command.ts';
import { mayI } from '../identity/rights.ts';

/*
 * Whether a person's word about an effect counts. Judged inside the transaction that holds the scope, so
 * that of two people in the same instant one is second and is told what stood.
 */

export interface TaskQuestion {
  state: 'open' | TaskAnswer | 'unanswered' | 'withdrawn';
  digest: string;
  class: ActionClass;
  canAsk: boolean;
  /** A look at the target is under way. */
  asking: boolean;
  answerBeforeMs: number;
}

export interface TaskWord {
  answer: TaskAnswer | 'ask';
  digest: string;
  proof: string;
  /** When the session began; null when it is a token's word. */
  signedInAtMs: number | null;
}

export type TaskVerdict = { kind: 'count' } | { kind: 'refuse'; code: Code; detail: string };

export function judgeAnswer(
  question: TaskQuestion,
  voter: Voter,
  word: TaskWord,
  nowMs: number,
): TaskVerdict {
  if (voter.kind !== 'person')
    return refuse('task/needs-person', 'a service cannot say what became of it; nothing was recorded');
  if (!voter.active) return refuse('auth/forbidden', 'this person is deactivated');
  const may = mayI({ kind: 'person', id: voter.id, roles: voter.roles }, 'tasks.answer');
  if (!may.allowed) return refuse(may.code, may.reason);
  if (question.state !== 'open') return refuse('task/closed', closedWords[question.state]);
  if (nowMs >= question.answerBeforeMs) return refuse('task/closed', closedWords.unanswered);
  if (word.digest !== question.digest)
    return refuse(
      'task/digest-mismatch',
      'the answer names another attempt than the one that is asked about',
    );
  if (word.answer === 'ask') return mayAsk(question);
  if (word.proof.trim() === '')
    return refuse(
      'task/proof-required',
      'say what you saw and where: it is what the log keeps of your answer',
    );
  const { signedInAtMs } = word;
  const fresh = signedInAtMs !== null && nowMs - signedInAtMs <= freshSignInMs;
  // Both answers: a wrong "no" lets go of a hold as surely as a wrong "yes" goes on with the playbook.
  if (question.class === 'eradicate' && !fresh) {
    const detail =
      'this cannot be undone, so answering needs a session signed in within the last five minutes; nothing was recorded';
    return refuse('auth/fresh-sign-in', detail);
  }
  return { kind: 'count' };
}

function mayAsk({ canAsk, asking }: TaskQuestion): TaskVerdict {
  if (!canAsk) return refuse('task/cannot-ask', 'this action has no way to read the state of its target');
  if (asking) return refuse('task/being-asked', 'the target is being asked just now');
  return { kind: 'count' };
}

const closedWords: Record<Exclude<TaskQuestion['state'], 'open'>, string> = {
  happened: 'it was settled before: it happened',
  'did-not-happen': 'it was settled before: it did not happen',
  unanswered: 'the time to answer is over; the step failed as outcome-unknown',
  withdrawn: 'the run ended and nobody is asked any more',
};

function refuse(code: Code, detail: string): TaskVerdict {
  return { kind: 'refuse', code, detail };
}
