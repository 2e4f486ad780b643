import { describe, expect, it } from 'vitest';
import { fill, lookAt, type Sight, showsHidden } from '../../engine/core/preview/look-at.ts';

const sight: Sight = {
  scope: {
    names: {
      alert: { severity: 'high', tags: ['a'] },
      steps: { asset: { status: 'succeeded', outputs: {} }, done: { outputs: { n: 2 } } },
    },
    nowMs: 0,
  },
  holes: [['steps', 'asset', 'outputs']],
  hidden: [],
};

describe('an expression before the run', () => {
  it.each([
    ['what is known is evaluated', 'alert.severity == "high"', true],
    [
      'a false side decides whatever the hole is',
      'alert.severity == "low" && steps.asset.outputs.role == "x"',
      false,
    ],
    ['and so does a true side of an or', 'steps.asset.outputs.role == "x" || alert.severity == "high"', true],
    ['in brackets too', '(steps.asset.outputs.a || true) && (alert.severity == "high")', true],
    [
      'a known test chooses the side without the hole',
      'alert.severity == "high" ? 1 : steps.asset.outputs.n',
      1,
    ],
    ['a sibling of the hole is no hole', 'steps.done.outputs.n + 1', 3],
    ['an error beside a deciding false is false', 'alert.nothing == 1 && alert.severity == "low"', false],
  ])('%s', (_, expr, value) => {
    expect(lookAt(expr, sight)).toEqual({ is: 'value', value });
  });

  it.each([
    ['alert.severity == "high" && steps.asset.outputs.role == "x"', ['steps.asset.outputs.role']],
    ['!(steps.asset.outputs.a || steps.asset.outputs.b)', ['steps.asset.outputs.a', 'steps.asset.outputs.b']],
    ['has(steps.asset.outputs.role)', ['steps.asset.outputs.role']],
    ['steps.asset.outputs.tags.exists(t, t == "dc")', ['steps.asset.outputs.tags']],
    ['size(to_json(steps.asset)) > 3', ['steps.asset']],
    ['steps.asset.outputs.role == "x" ? 1 : 2', ['steps.asset.outputs.role']],
    ['now() > timestamp("2020-01-01T00:00:00Z")', ['now()']],
  ])('%s stays open', (expr, dependsOn) => {
    expect(lookAt(expr, sight)).toEqual({ is: 'open', dependsOn });
  });

  it('fails when what is known makes it fail', () => {
    expect(lookAt('alert.nothing == 1', sight)).toMatchObject({ is: 'error' });
    expect(lookAt('alert.severity ==', sight)).toMatchObject({ is: 'error' });
  });
});

describe('a template before the run', () => {
  const text = {
    t: 'text' as const,
    parts: ['is ', { expr: 'alert.severity' }, ' on ', { expr: 'steps.asset.outputs.name' }],
  };

  it('fills in what is known and leaves the rest as it was written', () => {
    expect(fill(text, sight)).toEqual({
      is: 'open',
      written: 'is high on ${{ steps.asset.outputs.name }}',
      dependsOn: ['steps.asset.outputs.name'],
    });
    expect(
      fill({ t: 'map', fields: { a: text, b: { t: 'expr', expr: 'alert.tags' } } }, sight),
    ).toMatchObject({
      is: 'open',
      written: { b: ['a'] },
    });
  });

  it('never prints an open value as if it were known', () => {
    const filled = fill({ t: 'expr', expr: 'steps.asset.outputs' }, sight);
    expect(filled).toMatchObject({ is: 'open', written: '${{ steps.asset.outputs }}' });
  });

  it('says when it would show something hidden', () => {
    const hidden = { ...sight, holes: [], hidden: [['steps', 'done', 'outputs', 'n']] };
    expect(showsHidden({ t: 'expr', expr: 'steps.done.outputs.n' }, hidden)).toBe(true);
    expect(showsHidden({ t: 'text', parts: ['x', { expr: 'to_json(steps.done.outputs)' }] }, hidden)).toBe(
      true,
    );
    expect(showsHidden({ t: 'expr', expr: 'alert.severity' }, hidden)).toBe(false);
  });
});
