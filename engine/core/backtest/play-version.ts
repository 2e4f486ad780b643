import { hash } from 'node:crypto';
import type { LoadedPlan } from '../cases/loaded-plan.ts';
import type { InPieces } from '../compile/in-pieces.ts';
import type { Plan } from '../contracts/plan.ts';
import type { Guardrails } from '../guard/guardrails.ts';
import type { Matched } from '../match/match-event.ts';
import { lowerMode, type Routing } from '../match/routing.ts';
import { previewRun } from '../preview/preview-run.ts';
import { startOne } from '../preview/start-preview.ts';
import type { PlayedMatch } from './compare-versions.ts';
import { Crowd, type Stands } from './crowd.ts';
import { effectsOf } from './effects-of.ts';
import type { Effects, Tested, ToldRun } from './result.ts';
import { Tally } from './tally.ts';
import { type PastAlert, wouldMatch } from './would-match.ts';

/*
 * One version of a playbook over alerts that arrived, the oldest first: which it would have started for, and what it
 * would have done. Refuses to know what targets would have answered: that stays open, as in every dry run.
 */

export interface Version {
  loaded: LoadedPlan;
  /** Called playbooks by id, those that they call included. */
  children: { [playbookId: string]: Plan };
}

/** What stands around a playbook now; what stood there when an alert arrived is not kept. */
export interface Around {
  routing: Routing | null;
  guardrails: Guardrails | null;
  connections: { [system: string]: string[] };
}

/** Runs of one alert that are shown; a mail campaign starts hundreds. */
const runsShown = 20;

/** Actions, and rules, of one run that are shown. */
const effectsShown = 20;

/** A dry run takes milliseconds: these are seconds. What is beyond is matched and not looked at. */
export const looksMax = 2_000;

/** Of one dry run: a tenth of a second at most, in which nobody else is answered. */
export const stepsMost = 250;

export class VersionPlay {
  readonly #version: Version;
  readonly #around: Around;
  readonly #crowd: Crowd;
  readonly #tally = new Tally();
  /** Dry runs that are still to be made. */
  #looks: number;

  constructor(version: Version, around: Around, looksMost = looksMax) {
    this.#looks = looksMost;
    this.#version = version;
    this.#around = around;
    this.#crowd = new Crowd(version.loaded.plan);
  }

  /** Null: it matches nothing of it. A pause after each run that was looked at. */
  *take(past: PastAlert): InPieces<PlayedMatch | null> {
    const { plan } = this.#version.loaded;
    const { matched, trace } = wouldMatch(plan, this.#around.routing, past);
    const runs: ToldRun[] = [];
    for (const each of matched) {
      runs.push(this.#run(past, each));
      yield;
    }
    this.#tally.add(past, runs, trace);
    if (matched.length === 0) return null;
    return played(past, runs);
  }

  /** What comes is matched, and not looked at. */
  stopLooking(): void {
    this.#looks = 0;
  }

  result(): Tested {
    const { plan, digest } = this.#version.loaded;
    return { version: plan.playbook.version, digest, ...this.#tally.result() };
  }

  #run(past: PastAlert, matched: Matched): ToldRun {
    const stands = this.#crowd.stand(matched, past.atMs);
    const ceiling = this.#around.guardrails?.modeCeiling ?? null;
    const mode = lowerMode(matched.mode, ceiling);
    const { triggerId: trigger, elementKey: element } = matched;
    return { trigger, element, ...stands, mode, effects: this.#effects(past, { ...matched, mode }, stands) };
  }

  #effects(past: PastAlert, matched: Matched, { standing }: Stands): Effects | null {
    if ((standing !== 'starts' && standing !== 'depends') || this.#looks === 0) return null;
    this.#looks -= 1;
    const { loaded, children } = this.#version;
    const { triggerId: trigger, elementKey: element, inputs, mode } = matched;
    const started = startOne(loaded, past.alert, { trigger, element, inputs, mode }, past.atMs);
    const { tree } = previewRun({
      plan: loaded.plan,
      given: started.given,
      nowMs: past.atMs,
      connections: this.#around.connections,
      openInputs: started.openInputs,
      children,
      reads: new Map(),
      guardrails: this.#around.guardrails,
      stepsMost,
    });
    return effectsOf(tree);
  }
}

function played(past: PastAlert, runs: readonly ToldRun[]): PlayedMatch {
  const at = new Date(past.atMs).toISOString();
  const more = Math.max(0, runs.length - runsShown);
  const shown = runs.slice(0, runsShown).map((run) => ({ ...run, effects: cut(run.effects) }));
  const isOpen = ({ standing, effects }: ToldRun) =>
    effects === null && (standing === 'starts' || standing === 'depends');
  return {
    told: { alert: past.id, at, title: past.title, runs: shown, more },
    runs: digestOf(runs.map(({ effects: _effects, ...run }) => run)),
    effects: runs.some(isOpen) ? null : digestOf(runs.map(({ effects }) => effects)),
  };
}

/** One run may be about a thousand targets. */
function cut(effects: Effects | null): Effects | null {
  if (effects === null) return null;
  const { actions, rules } = effects;
  const isLong = actions.length > effectsShown || rules.length > effectsShown;
  return {
    ...effects,
    actions: actions.slice(0, effectsShown),
    rules: rules.slice(0, effectsShown),
    more: effects.more || isLong,
  };
}

function digestOf(value: unknown): string {
  return hash('sha256', JSON.stringify(value), 'hex');
}
