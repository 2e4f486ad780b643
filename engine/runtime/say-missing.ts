import type { RenderedAction, RunEvent } from '../core/contracts/command.ts';
import type { EngineParts } from './engine-parts.ts';

/** A no that came of not knowing: which facts, and which look-ups before the step would have found them. */
export function deniedForWant(
  { lookUps }: EngineParts,
  ref: string,
  { target }: RenderedAction,
  denied: { id: string; reason: string; missing: readonly string[] },
): RunEvent {
  const kind = target?.kind ?? 'target';
  const actions = [...new Set(denied.missing.flatMap((fact) => lookUps?.(kind, fact) ?? []))];
  const facts = denied.missing.map((fact) => `guard.target.${fact}`).join(', ');
  const help = actions.length === 0 ? '' : `; ${actions.join(' or ')} before this step would`;
  const message = `${denied.reason} (${facts} of this ${kind} is not known: no step of the run has looked it up${help})`;
  return { type: 'guard.denied', ref, guardId: denied.id, message, code: 'guard/unknown-fact' };
}
