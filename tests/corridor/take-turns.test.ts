import { describe, expect, it } from 'vitest';
import { createAdvancer } from '../../engine/runtime/gather-inbounds.ts';
import type { Inbound } from '../../engine/runtime/inbound.ts';
import { createLine } from '../../engine/runtime/take-turns.ts';
import type { RunId } from '../../schemas/ids.ts';
import { openMatching } from '../match/open-matching.ts';

/* Who is moved first when more waits than fits into one transaction. */

const begin = (n: number): Inbound => ({ kind: 'begin', runId: `run_new_${n}` as RunId, path: 'run' });
const place = (n: number): Inbound => ({
  kind: 'ask',
  begins: true,
  runId: `run_grouped_${n}` as RunId,
  path: 'run',
  resolve: async () => ({ events: [], entries: [] }),
});
const mail = (n: number, path = 'run'): Inbound => ({ kind: 'mail', runId: `run_${n}` as RunId, path });
const nobody = new Set<string>();

function lineOf(inbounds: readonly Inbound[]) {
  const line = createLine<{ inbound: Inbound }>();
  for (const inbound of inbounds) line.add({ inbound });
  const take = (atOnce: number, busy: ReadonlySet<string> = nobody) =>
    line.take(atOnce, busy).map(({ inbound }) => `${inbound.runId} ${inbound.path}`);
  return { line, take };
}
const times = (count: number, of: (n: number) => Inbound) => Array.from({ length: count }, (_, n) => of(n));

describe('who goes first', () => {
  it('what moves a run under way, before all that have not begun, and in the order in which it came', () => {
    const { take } = lineOf([...times(200, begin), ...times(200, place), mail(1), mail(2)]);
    expect(take(8).slice(0, 2)).toEqual(['run_1 run', 'run_2 run']);
  });

  it('a share of every crowd is for those that have not begun, and what they leave of it for the others', () => {
    const { line, take } = lineOf([...times(100, mail), ...times(3, begin)]);
    expect(take(8).slice(6)).toEqual(['run_new_0 run', 'run_new_1 run']);
    expect(take(8, new Set(['run_new_2']))).toHaveLength(8);
    expect(take(8).at(-1)).toBe('run_new_2 run');
    expect(line.length).toBe(103 - 24);
  });

  it('one for each scope, and none of a run that is busy', () => {
    const { line, take } = lineOf([mail(1), mail(1), mail(1, 'run/sweep'), mail(2), mail(3)]);
    expect(take(8, new Set(['run_2']))).toEqual(['run_1 run', 'run_1 run/sweep', 'run_3 run']);
    expect(take(8)).toEqual(['run_1 run', 'run_2 run']);
    expect(line.length).toBe(0);
  });
});

it('a report does not stand behind thousands of runs that have yet to begin', async () => {
  const { engine } = await openMatching();
  const advancer = createAdvancer(engine.parts);
  let begun = 0;
  const storm = times(3_000, begin).map((each) => advancer.submit(each).then(() => (begun += 1)));
  await advancer.submit(mail(1));
  expect(begun).toBeLessThan(1_000);
  await Promise.all(storm);
});
