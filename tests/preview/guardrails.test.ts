import { describe, expect, it } from 'vitest';
import type { Guardrails } from '../../engine/core/guard/guardrails.ts';
import { look, playbookText } from './preview.ts';

/* What the operator's guardrails say in a dry run, where they are known. */

const rule = {
  classes: ['contain' as const],
  reason: 'Careful here',
  approvers: [],
  quorum: 1,
  fromMs: null,
  untilMs: null,
};
const guardrails = (match: string | null, effect: 'ask' | 'deny' = 'deny'): Guardrails => ({
  modeCeiling: 'enforce',
  limits: [],
  rules: [{ ...rule, id: 'careful', effect, match }],
});

const steps = (before = '') => `${before}  - id: isolate
    action: edr.isolate-host
    with: { host_id: '\${{ inputs.host_id }}', comment: dry }
    lease: 72h
  - id: tell
    action: chat.post-message
    with: { channel: soc, text: done }
`;
const asset = `  - id: asset
    action: inventory.get-host
    with: { host_id: '\${{ inputs.host_id }}' }
`;

describe('guardrails in a dry run', () => {
  it('deny a step, with their reason', () => {
    const seen = look(playbookText(steps()), { guardrails: guardrails('guard.target.id == "H1"') });
    expect(seen.at('run/isolate')).toMatchObject({
      denied: 'Careful here',
      guards: [{ id: 'careful', of: 'guardrails', verdict: 'denies' }],
    });
    expect(seen.at('run/tell').reached).toBe('no');
  });

  it('have people asked, and are about no other class and no other target', () => {
    const seen = look(playbookText(steps()), { guardrails: guardrails(null, 'ask') });
    expect(seen.at('run/isolate').guards).toMatchObject([{ id: 'careful', verdict: 'asks' }]);
    expect(seen.at('run/tell')).toMatchObject({ guards: [], reached: 'yes' });
    const other = look(playbookText(steps()), { guardrails: guardrails('guard.target.id == "H2"') });
    expect(other.at('run/isolate').guards).toEqual([]);
  });

  it('stay open while a look before may still tell the fact, and deny where none does', () => {
    const known = guardrails('guard.target.role == "server"');
    const seen = look(playbookText(steps(asset)), { guardrails: known });
    expect(seen.at('run/isolate')).toMatchObject({
      denied: null,
      reached: 'maybe',
      guards: [{ verdict: 'open', dependsOn: ['guard.target.role'] }],
    });
    const without = look(playbookText(steps()), { guardrails: known });
    expect(without.at('run/isolate').guards).toMatchObject([{ verdict: 'denies' }]);
  });

  it('say nothing where nobody knows them', () => {
    expect(look(playbookText(steps())).at('run/isolate').guards).toEqual([]);
  });

  it('look at no element of a list that is beyond the steps of whoever has others to answer', () => {
    const loop = `  - id: sweep
    foreach: inputs.list
    max_items: 20
    as: one
    steps:
      - id: tell
        action: chat.post-message
        with: { channel: soc, text: '\${{ one }}' }
`;
    const list = Array.from({ length: 12 }, (_, place) => `e${place}`);
    const few = look(playbookText(loop), { inputs: { list }, stepsMost: 5 });
    expect(few.at('run/sweep').blocks).toHaveLength(4);
    expect(few.at('run/sweep').notes).toContain('the first 4 are shown; 8 were not looked at');
    expect(look(playbookText(loop), { inputs: { list } }).at('run/sweep').blocks).toHaveLength(12);
  });
});
