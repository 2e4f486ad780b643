import { describe, expect, it } from 'vitest';
import type { ScopeGiven } from '../../engine/core/contracts/scope.ts';
import { allSteps, bodiesOf, everyStep } from '../../engine/core/run/list-steps.ts';
import {
  itemPath,
  pathKey,
  planPathOf,
  toPlanPath,
  toRuntimePath,
} from '../../engine/core/run/scope-path.ts';
import { actionStep, foreachStep, planOf, repeatStep, runScope, step } from './build-plan.ts';

/* Language reference 9.2 and S1. */

const scope = (path: string, body: string): ScopeGiven => ({ ...runScope, path, body, kind: 'item' });

describe('paths of the plan and of the run', () => {
  const nested = scope('run/sweep[a]/poll#2', 'run/sweep/poll');

  it.each([
    [runScope, 'run/isolate', 'run/isolate'],
    [scope('run/sweep[m1]', 'run/sweep'), 'run/sweep/quarantine', 'run/sweep[m1]/quarantine'],
    [scope('run/sweep[m1]', 'run/sweep'), 'run/sweep/q~undo', 'run/sweep[m1]/q~undo'],
    [nested, 'run/sweep/poll/check', 'run/sweep[a]/poll#2/check'],
    [nested, 'run/sweep/other', 'run/sweep[a]/other'],
    [nested, 'run/isolate', 'run/isolate'],
    [scope('run/sweep[m1]', 'run/sweep'), 'run/sweeper', 'run/sweeper'],
    [scope('run/back[12]', 'undo'), 'undo/inverse', 'run/back[12]/inverse'],
  ])('%#: %s', (given, plan, run) => {
    expect(toRuntimePath(given, plan)).toBe(run);
    if (plan.startsWith(`${given.body}/`)) expect(toPlanPath(given, run)).toBe(plan);
  });

  it('lead from any path of the run to the step of the plan', () => {
    expect(planPathOf('run/sweep[a%2Fb]/poll#2/check')).toBe('run/sweep/poll/check');
    expect(planPathOf('run/if#3')).toBe('run/if#3');
  });

  it('keep keys apart that would meet as paths, and stay short', () => {
    const keys = ['a/b', 'a]', 'a#1', 'a~', 'a', "a'", 'ä', 'x'.repeat(500), `${'x'.repeat(500)}y`, '\ud800'];
    const paths = keys.map((key) => itemPath('run/s', key));
    expect(new Set(paths).size).toBe(keys.length);
    for (const path of paths) expect(path).toMatch(/^run\/s\[[A-Za-z0-9%_.-]+\]$/);
    expect(pathKey('x'.repeat(500)).length).toBeLessThan(64);
  });
});

describe('the steps of a plan', () => {
  const deep = actionStep('deep', { path: 'run/sweep/poll/deep' });
  const plan = planOf([
    foreachStep('sweep', [actionStep('i', { path: 'run/sweep/i' }), repeatStep('run/sweep/poll', [deep])]),
    step('if', 'if#2', { if: 'true', then: [actionStep('t')], else: [actionStep('e')] }),
    actionStep('a', { onError: { steps: [actionStep('h')], then: 'fail' } }),
  ]);
  const paths = (body: string) => allSteps(plan, body).map((each) => each.path);

  it('of one body are listed without those of the bodies inside', () => {
    expect(paths('run')).toEqual(['run/sweep', 'run/if#2', 'run/t', 'run/e', 'run/a', 'run/h']);
    expect(paths('run/sweep')).toEqual(['run/sweep/i', 'run/sweep/poll']);
    expect(paths('run/sweep/poll')).toEqual(['run/sweep/poll/deep']);
  });

  it('are all listed, with those inside loops in place', () => {
    expect(everyStep(plan).map((each) => each.path)).toEqual([
      'run/sweep',
      'run/sweep/i',
      'run/sweep/poll',
      'run/sweep/poll/deep',
      'run/if#2',
      'run/t',
      'run/e',
      'run/a',
      'run/h',
    ]);
    expect(bodiesOf(plan)).toEqual(['run', 'run/sweep', 'run/sweep/poll']);
  });
});

it('a key that is spelt like the digest of a long one is another key', () => {
  const long = 'n'.repeat(120);
  expect(pathKey(long)).toMatch(/^sha256-[0-9a-f]{32}$/);
  expect(pathKey(pathKey(long))).not.toBe(pathKey(long));
});
