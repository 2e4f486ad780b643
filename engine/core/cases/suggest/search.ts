import type { JsonObject } from '../../../../schemas/json.ts';
import type { Plan } from '../../contracts/plan.ts';
import { stepAt } from '../../run/list-steps.ts';
import { type CoveragePoint, coveragePoints } from '../coverage-points.ts';
import { showOffset } from '../instant.ts';
import { planPathOf } from '../plan-path-of.ts';
import { type Played, playCase } from '../play-case.ts';
import type { PlaybookUnderTest } from '../playbook-under-test.ts';
import type { CaseFile } from '../read-cases.ts';
import type { ReadFixture } from '../start-case.ts';
import type { Story } from '../story.ts';
import { allOf } from './combine-ways.ts';
import type { Wish } from './place.ts';
import { caseOf, fulfil, type Script } from './script.ts';
import { shorterAnswers } from './shorter-answers.ts';
import type { Sight } from './sight.ts';
import { solver } from './solver.ts';
import { waysPast, waysToPoint } from './ways-to-point.ts';
import { afterFailure, guardedBy } from './ways-to-status.ts';

/*
 * Finds cases for coverage points, breadth first over the compiled statechart: play a case, see which
 * points it came by without passing them, change what it says so that one of them is passed, play
 * again. What a new case passes for the first time makes it a place to go on from, so each point is
 * found with as few changes as any path needs that goes through new points.
 *
 * Neither `xstate/graph` nor the prover's exploration walks here. The former needs the events that each
 * state can take as a finite list; ours carry data that guards read, so the list would be the very
 * thing that is sought. The latter allows more than the machine does, and a case must not. Playing is the
 * same `decide` as everywhere, so a path that was found is a path that is there.
 */

/** Cases played in one search; some two milliseconds each. */
export const playsMax = 2_500;

/** Missed tries that are looked at a second time. */
const retriesMax = 3;

export interface Reaching {
  script: Script;
  /** The point that it was made for. */
  aim: CoveragePoint;
  /** Every wanted point that it passes. */
  passes: ReadonlySet<string>;
}

export interface Found {
  reaching: Reaching[];
  /** Not passed, with a case that comes by if there is one. */
  open: { point: CoveragePoint; near: Script | null; story: Story | null }[];
  /** The search was cut short. */
  bounded: boolean;
}

interface Seed {
  script: Script;
  story: Story;
}

export class Search {
  readonly #under: PlaybookUnderTest;
  readonly #file: CaseFile;
  readonly #readFixture: ReadFixture;
  readonly #open: Map<string, CoveragePoint>;
  readonly #reaching: Reaching[] = [];
  readonly #seeds: Seed[] = [];
  /** Wishes that passed something new. */
  readonly #led: (readonly Wish[])[] = [];
  readonly #tried = new Set<string>();
  readonly #wanted: ReadonlySet<string>;
  #plays = 0;

  constructor(
    under: PlaybookUnderTest,
    file: CaseFile,
    readFixture: ReadFixture,
    wanted: ReadonlySet<string>,
  ) {
    this.#under = under;
    this.#file = file;
    this.#readFixture = readFixture;
    this.#wanted = wanted;
    const points = coveragePoints(under.loaded.plan).filter(({ id }) => wanted.has(id));
    this.#open = new Map(points.map((point) => [point.id, point]));
  }

  /** Of each group of starts, the first that starts. */
  run(starts: readonly (readonly Script[])[]): Found {
    for (const group of starts) {
      for (const start of group) {
        const made = this.#play(start);
        if (made === null || made.played.story.notStarted !== null) continue;
        this.#keep(made.script, made.played, null);
        this.#seeds.push({ script: made.script, story: made.played.story });
        break;
      }
    }
    for (let at = 0; at < this.#seeds.length; at += 1) {
      const seed = this.#seeds[at] as Seed;
      for (const point of [...this.#open.values()]) if (this.#open.has(point.id)) this.#aim(point, seed);
    }
    this.#combine();
    const reaching = this.#reaching.map((each) => this.#shorten(each));
    const open = [...this.#open.values()].map((point) => {
      const near = this.#seeds.find(({ story }) => this.#comesBy(point, story));
      return { point, near: near?.script ?? null, story: near?.story ?? null };
    });
    return { reaching, open, bounded: this.#plays >= playsMax };
  }

  /** Without what no answer has to say, as long as the same points are passed. */
  #shorten(each: Reaching): Reaching {
    let { script } = each;
    for (const shorter of shorterAnswers(script, this.#under.loaded.plan)) {
      const next = shorter(script);
      const { hits, problems } = this.#playOnce(next);
      const same = [...each.passes].every((id) => (hits.get(id) ?? 0) > 0);
      if (same && problems.length === 0) script = next;
    }
    return { ...each, script };
  }

  /** What led to one point, together with what leads to another: for points that need both. */
  #combine(): void {
    for (const point of [...this.#open.values()]) {
      for (const seed of this.#seeds
        .filter(({ story }) => this.#comesBy(point, story))
        .slice(0, retriesMax)) {
        const sight = sightOf(this.#under, seed.story);
        for (const way of this.#led) {
          const script = this.#open.has(point.id) ? fulfil(seed.script, way, sight, this.#under) : null;
          const made = script === null ? null : this.#play(script);
          if (made === null) continue;
          const next = { script: made.script, story: made.played.story };
          if (this.#keep(made.script, made.played, point)) this.#seeds.push(next);
          if (this.#open.has(point.id)) this.#aim(point, next);
        }
      }
    }
  }

  /** `again`: after a first try a value it chose may be what something else looks at. */
  #aim(point: CoveragePoint, seed: Seed, again = false): void {
    if (!again && !this.#comesBy(point, seed.story)) return;
    const sight = sightOf(this.#under, seed.story);
    const missed: Seed[] = [];
    const ways = waysToPoint(point, sight);
    for (const way of again ? allOf([waysPast(point, seed.story, sight), ways]) : ways) {
      const script = fulfil(seed.script, way, sight, this.#under);
      const made = script === null ? null : this.#play(script);
      if (made === null) continue;
      const next = { script: made.script, story: made.played.story };
      if (this.#keep(made.script, made.played, point)) {
        this.#seeds.push(next);
        this.#led.push(way);
      }
      if (!this.#open.has(point.id)) return;
      missed.push(next);
    }
    if (again) return;
    for (const next of missed.slice(0, retriesMax))
      if (this.#open.has(point.id)) this.#aim(point, next, true);
  }

  /** Null when it was tried before, cannot be played, or enough was tried. */
  #play(script: Script): { script: Script; played: Played } | null {
    const timed = this.#timed(script);
    const key = JSON.stringify(timed);
    if (this.#tried.has(key) || this.#plays >= playsMax) return null;
    this.#tried.add(key);
    const played = this.#playOnce(timed);
    if (played.problems.length === 0) return { script: timed, played };
    const used = played.story.usedDecisions;
    // Decisions that nobody asked for are left out; anything else that is wrong is no case.
    const kept = timed.decisions.filter((_, index) => used.has(index));
    if (kept.length === timed.decisions.length || played.story.troubles.length > 0) return null;
    const again = { ...timed, decisions: kept };
    const played2 = this.#playOnce(again);
    return played2.problems.length === 0 ? { script: again, played: played2 } : null;
  }

  /** A signal comes a minute after its wait began, which only playing shows. */
  #timed(script: Script): Script {
    const index = script.signals.findIndex(({ at }) => at === null);
    const told = script.signals[index];
    if (told === undefined) return script;
    const { story } = this.#playOnce({ ...script, signals: script.signals.toSpliced(index, 1) });
    const began = story.entries.find(
      ({ entry }) =>
        entry.type === 'wait.started' && planPathOf(entry.step ?? '', this.#under.loaded.plan) === told.wait,
    );
    const at = began === undefined ? '+1h' : showOffset(began.atMs - story.startMs + 60_000);
    return this.#timed({ ...script, signals: script.signals.with(index, { ...told, at }) });
  }

  #playOnce(script: Script): Played {
    this.#plays += 1;
    return playCase(this.#file, caseOf(script, 'made up', '/cases/0'), this.#under, this.#readFixture);
  }

  /** Whether the case passes a point for the first time. */
  #keep(script: Script, { hits }: Played, aim: CoveragePoint | null): boolean {
    const passes = new Set(
      [...hits].filter(([id, count]) => count > 0 && this.#wanted.has(id)).map(([id]) => id),
    );
    const fresh = [...passes].flatMap((id) => this.#open.get(id) ?? []);
    for (const { id } of fresh) this.#open.delete(id);
    const [first] = fresh;
    if (first === undefined) return false;
    const named = aim !== null && passes.has(aim.id) ? aim : first;
    this.#reaching.push({ script, aim: named, passes });
    return true;
  }

  #comesBy(point: CoveragePoint, story: Story): boolean {
    const { plan } = this.#under.loaded;
    const guard = plan.guards.find(({ id }) => `guards/${id}` === point.at);
    const step = stepAt(plan, point.at);
    if (step !== undefined && afterFailure(step, plan)) return true;
    const paths = guard === undefined ? [point.at] : guardedBy(guard, plan).map(({ path }) => path);
    return paths.some((path) => passedBy(story, plan).has(path));
  }
}

const passed = new WeakMap<Story, ReadonlySet<string>>();

/** Plan paths of the steps that a story came to, whatever it then did. */
function passedBy(story: Story, plan: Plan): ReadonlySet<string> {
  const known = passed.get(story);
  if (known !== undefined) return known;
  const came = [...story.steps].filter(([, status]) => status !== 'pending');
  const paths = new Set(came.flatMap(([name]) => planPathOf(`run/${name}`, plan) ?? []));
  passed.set(story, paths);
  return paths;
}

export function sightOf(under: PlaybookUnderTest, story: Story): Sight {
  return {
    solver,
    plan: under.loaded.plan,
    children: under.children,
    step: null,
    guarded: null,
    waiting: null,
    names: (story.names?.names ?? {}) as JsonObject,
    types: story.names?.types ?? {},
    nowMs: story.names?.nowMs ?? story.startMs,
    locals: new Map(),
  };
}
