import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { planDigest } from '../../engine/core/compile/plan-digest.ts';
import type { Plan } from '../../engine/core/contracts/plan.ts';
import { formatFile } from '../../engine/core/format/format-file.ts';
import { allSteps } from '../../engine/core/run/list-steps.ts';
import { claimsOf } from './claims.ts';
import { compileGenerated, generatedPlan, playOnce } from './play-generated.ts';
import { OrderWatch } from './watch-order.ts';
import { Watch } from './watch-run.ts';
import { writePlaybook } from './write-playbook.ts';

/*
 * Playbooks that nobody wrote: each compiles, each of its runs ends in order whatever the world does, and
 * nothing that a run does is what a proof called impossible. `GENERATED_RUNS=5000 GENERATED_SEED=7` hunts
 * longer, from a seed of its own; a failure names the playbook's seed and the drive, which
 * `node tests/generated/tell-run.ts <seed> <drive>` prints.
 */

const seed = Number(
  process.env.GENERATED_SEED ??
    (process.env.CI === undefined ? Math.floor(Math.random() * 0x7fff_ffff) : 20_261_126),
);
/** 60 playbooks with 15 runs each are some ten seconds; half of it is compiling. */
const playbooks = Number(process.env.GENERATED_RUNS ?? 60);
const drives = 15;

/** The one failure of an expression that no compiler sees coming: `inputs.hosts[2]` of a short list. */
const shortList = /No such key: index out of bounds/;

interface Seen {
  kinds: Set<string>;
  outcomes: Set<string>;
  confirmed: Set<string>;
  bounded: number;
}

function checkPlaybook(number: number, seen: Seen): void {
  const plan = generatedPlan(number);
  const stored = JSON.parse(JSON.stringify(plan)) as Plan;
  expect(planDigest(stored), 'a plan is plain JSON').toBe(planDigest(plan));
  const claims = claimsOf(plan);
  for (const step of allSteps(plan, 'run')) seen.kinds.add(step.kind);
  if (claims.bounded) seen.bounded += 1;
  for (let drive = 0; drive < drives; drive += 1) {
    const about = `playbook ${number}, drive ${drive}`;
    const watch = new Watch(plan, claims);
    const order = new OrderWatch(plan);
    const schedule = playOnce(plan, number, drive, (made, { endless }) => {
      watch.look(made);
      order.look(made);
      expect(endless, `${about}: waits without an end in sight`).toEqual([]);
    });
    watch.close(schedule);
    order.close(schedule);
    const { world } = schedule;
    expect(world.ended, `${about}: has no end`).not.toBeNull();
    expect([schedule.acting, schedule.open], `${about}: something is left over`).toEqual([[], []]);
    expect(world.ordered('finish-run'), `${about}: ends once`).toHaveLength(1);
    const open = [...world.scopes.values()].filter(
      ({ given, begun, result }) => given.kind !== 'run' && begun && result === null,
    );
    expect(
      open.map(({ given }) => given.path),
      `${about}: a scope is open`,
    ).toEqual([]);
    expect([...order.broken], `${about}: an invariant is broken`).toEqual([]);
    expect([...watch.refuted], `${about}: a proof is wrong`).toEqual([]);
    const failures = [...watch.failures].filter((failure) => !shortList.test(failure));
    expect(failures, `${about}: the compiler let it through`).toEqual([]);
    seen.outcomes.add(String(world.outcome));
    for (const code of watch.confirmed) seen.confirmed.add(code);
  }
}

const nothingSeen = (): Seen => ({
  kinds: new Set(),
  outcomes: new Set(),
  confirmed: new Set(),
  bounded: 0,
});

describe(`generated playbooks, GENERATED_SEED=${seed}`, () => {
  it(
    'compile, end in order whatever happens, and never do what a proof called impossible',
    () => {
      const seen = nothingSeen();
      const property = fc.property(fc.nat(0x7fff_ffff), (number) => checkPlaybook(number, seen));
      fc.assert(property, { seed, numRuns: playbooks, endOnFailure: true });
      // A bound that is hit often would leave most of it unclaimed.
      expect(seen.bounded).toBeLessThan(Math.max(8, playbooks / 2));
    },
    playbooks * 2_000,
  );
});

describe('what chance found once', () => {
  it.each([
    // Its time is over in a wait, and a cancel comes while it waits for its place to run `on_failure` in.
    371_454_638,
  ])('playbook %i', (number) => checkPlaybook(number, nothingSeen()));
});

it('a generated playbook is the same however it is written, and the formatter leaves it so', {
  timeout: playbooks * 2_000,
}, () => {
  const digestOf = (text: string) => {
    const compiled = compileGenerated(text);
    return compiled.ok ? compiled.digest : compiled.diagnostics;
  };
  const property = fc.property(fc.nat(0x7fff_ffff), (number) => {
    const text = writePlaybook(number);
    const formatted = formatFile(text, { file: 'generated.yaml' });
    if (!formatted.ok) throw new Error(`playbook ${number} cannot be formatted`);
    const again = formatFile(formatted.text, { file: 'generated.yaml' });
    expect(again, `playbook ${number} formatted twice`).toMatchObject({ ok: true, text: formatted.text });
    const digests = [text, JSON.stringify(parse(text)), formatted.text].map(digestOf);
    expect(new Set(digests), `playbook ${number}`).toEqual(new Set([digests[0]]));
    expect(digests[0]).toMatch(/^sha256:/);
  });
  fc.assert(property, { seed, numRuns: Math.ceil(playbooks / 5), endOnFailure: true });
});

it('all of it is there: each kind of step, each outcome, and properties that are broken as told', {
  timeout: 120_000,
}, () => {
  const kinds = [
    'action',
    'approval',
    'call',
    'foreach',
    'if',
    'parallel',
    'repeat',
    'set',
    'stop',
    'switch',
  ];
  const wanted = {
    kinds: [...kinds, 'undo', 'wait'],
    outcomes: ['cancelled', 'denied', 'failed', 'succeeded', 'timed-out'],
    confirmed: ['prove/doubled-effect', 'prove/ungated-target', 'prove/untold-unknown'],
  };
  const seen = nothingSeen();
  const missing = () =>
    (['kinds', 'outcomes', 'confirmed'] as const).flatMap((each) =>
      wanted[each].filter((word) => !seen[each].has(word)),
    );
  for (let number = 0; number < 300 && missing().length > 0; number += 1) checkPlaybook(number, seen);
  expect(missing()).toEqual([]);
});
