import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { emptyContext, type RunContext } from '../../engine/core/run/context.ts';
import { KnownMoves } from '../../engine/core/run/known-moves.ts';
import type { Stop } from '../../engine/core/run/record-move.ts';
import type { Change } from '../../engine/core/run/take-turn.ts';
import { halt } from '../../engine/core/run/turn.ts';
import { Chance } from './chance.ts';
import { randomPlan } from './random-plan.ts';
import { Schedule } from './random-schedule.ts';

/* What was decided before is repeated without XState; it must be what XState would decide. */

const moves = vi.hoisted(() => ({ all: 0 }));

vi.mock(import('../../engine/core/run/move-machine.ts'), async (original) => {
  const { moveMachine, decideByXState, firstValueOf } = await original();
  return {
    decideByXState,
    firstValueOf,
    moveMachine(machine, value, context, name) {
      const moved = moveMachine(machine, value, context, name);
      const decided = decideByXState(machine, value, context, name);
      expect(moved, `${name} in ${JSON.stringify(value)}`).toEqual(decided);
      moves.all += 1;
      return moved;
    },
  };
});

const runs = Number(process.env.SCHEDULES_RUNS ?? 60);
const first = process.env.CI === undefined ? {} : { seed: 20_261_127 };

describe('a move that is repeated', () => {
  it('is what XState decides, in any plan and any order of the world', () => {
    fc.assert(
      fc.property(fc.nat(0x7fffffff), (seed) => {
        const plan = randomPlan(new Chance(seed));
        // The second walks, as far as chance goes the same way, where the first has learnt.
        for (const other of [0x5f3759df, 0x5f3759df, 0x1234567])
          new Schedule(plan, seed ^ other).play(() => undefined);
      }),
      { numRuns: runs, ...first },
    );
    expect(moves.all).toBeGreaterThan(1_000);
  });
});

const context = (vars: RunContext['vars'] = {}) =>
  ({ ...emptyContext(), vars, env: {} }) as never as RunContext;
const arrived = { value: 'there', done: false };
const isBold: Extract<Stop, { guard: unknown }>['guard'] = ({ context: { vars } }) => vars.bold === true;
const order: Change = (turn) => void turn.commands.push({ kind: 'want-place' });

describe('known moves', () => {
  it('know nothing that was not learnt, and do nothing then', () => {
    expect(new KnownMoves().repeat('go', context())).toBeNull();
  });

  it('go the way of the answers that guards give now', () => {
    const known = new KnownMoves();
    known.learn(
      'go',
      [
        { guard: isBold, answer: true },
        { change: order, raised: '' },
      ],
      arrived,
    );
    expect(known.repeat('go', context({ bold: true }))).toMatchObject({
      value: 'there',
      orders: [{ commands: [{ kind: 'want-place' }] }],
    });
    expect(known.repeat('go', context())).toBeNull();
    known.learn('go', [{ guard: isBold, answer: false }], { value: 'here', done: true });
    expect(known.repeat('go', context())).toMatchObject({ value: 'here', done: true, orders: [] });
    expect(known.repeat('go', context({ bold: true }))).toMatchObject({ value: 'there' });
  });

  it('go another way when an entry function raises another event', () => {
    const known = new KnownMoves();
    const haltIfBold: Change = (turn) => {
      if (turn.context.vars.bold === true) halt(turn, 'main');
    };
    known.learn('go', [{ change: haltIfBold, raised: '' }], arrived);
    expect(known.repeat('go', context())).toMatchObject({ value: 'there' });
    expect(known.repeat('go', context({ bold: true }))).toBeNull();
    known.learn('go', [{ change: haltIfBold, raised: 'halt main' }], { value: 'halted', done: false });
    expect(known.repeat('go', context({ bold: true }))).toMatchObject({ value: 'halted' });
  });

  it('leave the context that they were given as it was', () => {
    const known = new KnownMoves();
    known.learn('go', [{ change: (turn) => halt(turn, 'main'), raised: 'halt main' }], arrived);
    const given = context();
    expect(known.repeat('go', given)?.context.halted).toEqual(['main']);
    expect(given.halted).toEqual([]);
  });

  it('begin anew when there are too many of them', () => {
    const known = new KnownMoves();
    for (let each = 0; each < 2_000; each++) known.learn(`go ${each}`, [], arrived);
    expect(known.repeat('go 0', context())).not.toBeNull();
    known.learn('go on', [], arrived);
    expect(known.repeat('go 0', context())).toBeNull();
    expect(known.repeat('go on', context())).not.toBeNull();
  });
});
