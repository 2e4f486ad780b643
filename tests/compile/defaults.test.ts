import { describe, expect, it } from 'vitest';
import type { Plan } from '../../engine/core/contracts/plan.ts';
import { compile, playbookWith } from './compile.ts';

/* Language reference 9.7 and 9.13, and 5: what holds where the author says nothing. */

function planOf(steps: string, change: (text: string) => string = (text) => text): Plan {
  const compiled = compile(change(playbookWith(steps)));
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.plan;
}

const look = '  - { id: it, action: inventory.get-host, with: { host_id: H1 } }\n';
const isolate = `  - id: it
    action: edr.isolate-host
    with: { host_id: H1 }
    lease: 1d
    approval: {}
`;
const first = (plan: Plan) => {
  const [step] = plan.steps;
  if (step?.kind !== 'action') throw new Error('it is no action');
  return step;
};

describe('the three clocks', () => {
  it('timeout is that of the action, deadline is one hour, that of the run thirty days', () => {
    const plan = planOf(look);
    expect([first(plan).timeoutMs, first(plan).deadlineMs, plan.timeoutMs]).toEqual([
      60_000,
      3_600_000,
      30 * 86_400_000,
    ]);
  });

  it('of an approval: one hour for what contains, a day otherwise', () => {
    expect(first(planOf(isolate)).approval?.expiresMs).toBe(3_600_000);
    expect(first(planOf(look.replace(' }\n', ', approval: {} }\n'))).approval?.expiresMs).toBe(86_400_000);
  });
});

describe('the mode', () => {
  it.each([
    ['experimental', 'audit'],
    ['test', 'ask'],
    ['stable', 'enforce'],
    ['deprecated', 'enforce'],
  ])('follows the status: %s → %s', (status, mode) => {
    expect(planOf(look, (text) => text.replace('status: experimental', `status: ${status}`)).mode).toBe(mode);
  });
});
