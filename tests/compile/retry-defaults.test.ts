import { expect, it } from 'vitest';
import type { PlanRetry } from '../../engine/core/contracts/plan.ts';
import { compile, playbookWith } from './compile.ts';

/* Language reference 9.6: what holds where the author says nothing. */

function retryOf(action: string, more = '', head = ''): PlanRetry | undefined {
  const text = playbookWith(`  - id: it\n    action: ${action}\n${more}`, head);
  const compiled = compile(text);
  const step = compiled.ok ? compiled.plan.steps[0] : undefined;
  return step?.kind === 'action' ? step.retry : undefined;
}

const isolate = 'edr.isolate-host\n    with: { host_id: H1, scope: full }\n    lease: 1d';

it.each([
  ['a read', 'inventory.get-host\n    with: { host_id: H1 }', 4],
  ['a notice', 'chat.post-message\n    with: { text: hello }', 4],
  ['a containment that is idempotent', isolate, 3],
  [
    'a containment that is not',
    'mail.block-sender\n    with: { sender: a@b.test, days: 1 }\n    lease: 1d',
    1,
  ],
])('%s is attempted so often by default: %s', (_, action, attempts) => {
  expect(retryOf(action)?.maxAttempts).toBe(attempts);
});

it('waits exponentially from 5s to 2m after throttled, unavailable and timeout', () => {
  expect(retryOf(isolate)).toEqual({
    maxAttempts: 3,
    backoff: 'exponential',
    initialMs: 5_000,
    maxMs: 120_000,
    on: ['throttled', 'unavailable', 'timeout'],
  });
});

it('takes what the step says, then what the playbook says, then the rest', () => {
  const own = '    retry: { max_attempts: 6, on: [throttled] }\n';
  const all = 'defaults: { retry: { max_attempts: 2, backoff: fixed, initial: 1s } }';
  expect(retryOf(isolate, own, all)).toEqual({
    maxAttempts: 6,
    backoff: 'fixed',
    initialMs: 1_000,
    maxMs: 120_000,
    on: ['throttled'],
  });
});
