import type { Code } from '../../schemas/codes.ts';
import type { CasesText, PlayedCases } from '../core/cases/play-published.ts';
import { actionsOf, type PlaybookUnderTest } from '../core/cases/playbook-under-test.ts';
import type { CompileOptions } from '../core/compile/compile-playbook.ts';
import { positionsOf } from '../core/compile/positions-of.ts';
import type { Plan, PlanDigest } from '../core/contracts/plan.ts';
import type { Diagnostic } from '../core/diagnostics/diagnostic.ts';
import { calledPlans } from './called-plans.ts';
import type { EngineParts } from './engine-parts.ts';
import { TrialApart, TrialOver } from './try-apart.ts';

/*
 * Cases are played in a process of its own, like everything that somebody who may not publish sends (record 0043): the
 * file is read there, too.
 */

export type PlayAnswer =
  | { ok: true; played: PlayedCases }
  | { ok: false; code: Code; detail: string; diagnostics: Diagnostic[] };

export interface Played {
  plan: Plan;
  digest: PlanDigest;
  source: string;
  /** As diagnostics name it. */
  file: string;
}

const withinMsDefault = 20_000;

export async function playCases(
  parts: EngineParts,
  registry: CompileOptions['registry'],
  { plan, digest, source, file }: Played,
  cases: CasesText,
  withinMs = withinMsDefault,
): Promise<PlayAnswer> {
  const whole: PlaybookUnderTest = {
    file,
    text: source,
    loaded: { plan, digest },
    positions: positionsOf(source),
    children: await calledPlans(parts, plan),
    manifests: registry,
  };
  const called = actionsOf(whole);
  const under = { ...whole, manifests: new Map([...registry].filter(([key]) => called.has(key))) };
  const named = cases.file.slice(0, 200);
  const trial = new TrialApart(null);
  try {
    const { answer } = await trial.ask({ is: 'play-cases', cases, under }, 'cases-played', withinMs);
    if (answer.ok) return answer;
    const detail = `the cases in ${named} cannot be read; correct what the errors name and publish again`;
    return { ok: false, code: 'case/bad-file', detail, diagnostics: answer.diagnostics };
  } catch (error) {
    if (!(error instanceof TrialOver)) throw error;
    const detail = `the cases in ${named} were not played to their end within ${withinMs / 1_000} seconds and the memory that they are given; make them fewer or simpler`;
    return { ok: false, code: 'case/not-played', detail, diagnostics: [] };
  } finally {
    await trial.close();
  }
}
