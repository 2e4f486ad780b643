import type { Answer, Answers, Check } from '../../../schemas/cases-v1.generated.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Failure } from '../contracts/action.ts';
import type { RunEvent } from '../contracts/command.ts';
import { invariant } from '../contracts/invariant.ts';
import { durationMs } from './instant.ts';
import { type OfflineAttempt, planName, stepName } from './offline-run.ts';

/*
 * What the targets answer. Strict: a call that the case did not foresee is no success and no failure
 * but a finding, since a playbook that does more than its author thought is what cases are for.
 */

export interface Given {
  afterMs: number;
  event: RunEvent;
}

export type Answered = { ok: true; answer: Given } | { ok: false; message: string };

/** The engine's own wait before it polls, when the case does not say. */
const pollAfterMsDefault = 10_000;
/** With these a `confirm` fails itself; any other says how the order ended. */
const ofTheLooking = [
  ...['throttled', 'unavailable', 'timeout', 'cancelled', 'unauthorized', 'forbidden', 'not-found'],
  ...['invalid-request', 'invalid-response', 'misconfigured', 'address-refused'],
];
const retryableCodes = ['throttled', 'unavailable', 'timeout'];

interface Following {
  then: Answer | undefined;
  checks: readonly Check[];
  checked: number;
}

export class AnswerBook {
  readonly #answers: { [name: string]: Answers };
  readonly #example: (action: string) => JsonObject;
  /** Calls so far, by the name that answered them. */
  readonly #calls = new Map<string, number>();
  /** What an accepted or lost call answers next, by action key. */
  readonly #following = new Map<string, Following>();

  constructor(answers: { [name: string]: Answers }, example: (action: string) => JsonObject) {
    this.#answers = answers;
    this.#example = example;
  }

  answer(attempt: OfflineAttempt): Answered {
    switch (attempt.purpose) {
      case 'perform':
        return this.#perform(attempt);
      case 'confirm':
        return this.#confirm(attempt);
      case 'check':
        return this.#check(attempt);
    }
  }

  #perform(attempt: OfflineAttempt): Answered {
    const name = namesOf(attempt).find((each) => Object.hasOwn(this.#answers, each));
    const said = name === undefined ? undefined : this.#answers[name];
    if (name === undefined || said === undefined)
      return { ok: false, message: `no answer for ${called(attempt)}` };
    const calls = this.#calls.get(name) ?? 0;
    this.#calls.set(name, calls + 1);
    const answer = nth(Array.isArray(said) ? said : [said], calls);
    if (answer === undefined) {
      return {
        ok: false,
        message: `"${name}" answers ${calls} calls, and this is one more: ${called(attempt)}`,
      };
    }
    if (answer.changed_since !== undefined) return this.#refuse(attempt, answer.changed_since);
    return { ok: true, answer: this.#say(attempt, answer) };
  }

  /** Only what is taken back is looked at first. */
  #refuse(attempt: OfflineAttempt, values: JsonObject): Answered {
    const { ref, number, look } = attempt;
    if (look === undefined)
      return { ok: false, message: `"changed_since" answers an inverse alone, and not ${called(attempt)}` };
    const found = { state: 'absent', ...values };
    const event = {
      type: 'target.changed' as const,
      ref,
      attempt: number,
      expected: { state: 'present' },
      found,
    };
    return { ok: true, answer: { afterMs: 0, event } };
  }

  #confirm(attempt: OfflineAttempt): Answered {
    const following = this.#following.get(attempt.rendered.actionKey);
    const answer = this.#say(attempt, following?.then ?? {});
    const { event } = answer;
    if (event.type === 'action.failed' && !ofTheLooking.includes(event.failure.code))
      event.failure.ended = true;
    return { ok: true, answer };
  }

  #check(attempt: OfflineAttempt): Answered {
    const following = this.#following.get(attempt.rendered.actionKey);
    const check = following?.checks[Math.min(following.checked, following.checks.length - 1)];
    if (following === undefined || check === undefined) {
      const what = `${attempt.rendered.action} for "${stepOf(attempt)}"`;
      return {
        ok: false,
        message: `the target is asked what is true after an unknown outcome of ${what}, and the answer has no "check"`,
      };
    }
    following.checked += 1;
    return { ok: true, answer: { afterMs: 0, event: this.#checked(attempt, check) } };
  }

  #checked(attempt: OfflineAttempt, check: Check): RunEvent {
    const { ref } = attempt;
    switch (check.state) {
      case 'present':
        return {
          type: 'check.present',
          ref,
          outputs: check.outputs ?? this.#example(attempt.rendered.action),
        };
      case 'absent':
        return { type: 'check.absent', ref };
      case 'in_transition':
        return { type: 'check.in-transition', ref, handle: {}, pollAfterMs: pollMs(check.poll_after) };
      case 'unknown':
        return { type: 'check.unsettled', ref, message: 'the target does not say' };
    }
  }

  #say(attempt: OfflineAttempt, answer: Answer): Given {
    const { ref, number } = attempt;
    const afterMs = answer.after === undefined ? 0 : durationMs(answer.after);
    const checks =
      answer.check === undefined ? [] : Array.isArray(answer.check) ? answer.check : [answer.check];
    this.#following.set(attempt.rendered.actionKey, { then: answer.then, checks, checked: 0 });
    // A worker gives up at the time-out of the attempt and does not know what the target did.
    if (afterMs > attempt.timeoutMs) {
      const message = 'no answer before the time-out of the attempt';
      return { afterMs: attempt.timeoutMs, event: { type: 'action.unknown', ref, attempt: number, message } };
    }
    if (answer.unknown !== undefined && answer.unknown !== false) {
      const message = typeof answer.unknown === 'string' ? answer.unknown : 'the outcome is unknown';
      return { afterMs, event: { type: 'action.unknown', ref, attempt: number, message } };
    }
    if (answer.fail !== undefined) {
      return { afterMs, event: { type: 'action.failed', ref, attempt: number, failure: failureOf(answer) } };
    }
    if (answer.accepted !== undefined) {
      const pollAfterMs = pollMs(answer.accepted.poll_after);
      return { afterMs, event: { type: 'action.accepted', ref, attempt: number, handle: {}, pollAfterMs } };
    }
    const outputs = answer.outputs ?? this.#example(attempt.rendered.action);
    return {
      afterMs,
      event: { type: 'action.succeeded', ref, attempt: number, outputs, changed: answer.changed ?? null },
    };
  }
}

/** Names under which a call may be answered, the nearest first. */
function namesOf(attempt: OfflineAttempt): string[] {
  const { action } = attempt.rendered;
  // The inverse of a step is not the step.
  if (attempt.scope.given.kind === 'undo') return [action];
  const step = stepOf(attempt);
  const plan = planName(step);
  const id = plan.slice(plan.lastIndexOf('/') + 1);
  // A called playbook's steps are named with the call, or two playbooks would answer each other's.
  const plain = attempt.scope.run.caller === null ? [id] : [];
  return [step, plan, ...plain, action];
}

function stepOf(attempt: OfflineAttempt): string {
  return stepName(attempt.scope.run, attempt.ref);
}

function called(attempt: OfflineAttempt): string {
  const { action, arguments: given } = attempt.rendered;
  return `${action} called by "${stepOf(attempt)}" with ${JSON.stringify(given)}`;
}

/** Each answers `times` calls; the last one all that follow, unless it says how many. */
function nth(list: readonly Answer[], calls: number): Answer | undefined {
  let before = 0;
  for (const [index, answer] of list.entries()) {
    const last = index === list.length - 1;
    before += answer.times ?? (last ? Number.POSITIVE_INFINITY : 1);
    if (calls < before) return answer;
  }
  return undefined;
}

export function failureOf(answer: Answer): Failure {
  invariant(answer.fail !== undefined, 'the answer is a failure');
  const retryable = answer.retryable ?? retryableCodes.includes(answer.fail);
  return {
    code: answer.fail,
    kind: retryable ? 'retryable' : 'terminal',
    message: answer.message ?? `the target answered ${answer.fail}`,
    ...(answer.retry_after === undefined ? {} : { retryAfterMs: durationMs(answer.retry_after) }),
  };
}

function pollMs(text: string | undefined): number {
  return text === undefined ? pollAfterMsDefault : durationMs(text);
}
