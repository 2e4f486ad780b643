import { hash } from 'node:crypto';
import type { Json } from '../../../schemas/json.ts';
import { doublesAt } from '../compile/plan-doubles.ts';
import type { Plan } from '../contracts/plan.ts';
import type { Scope } from '../expression/evaluate.ts';
import { renderTemplate } from '../expression/render-template.ts';
import { boundKey } from '../intake/bound-key.ts';

/** One event delivered twice starts one run (9.11). Changing the parts starts everything again. */
export function runKey(...parts: string[]): string {
  return hash('sha256', JSON.stringify(parts), 'hex');
}

/** The rendered `dedupe.key` and `concurrency.group`. */
export function crowdKeys(
  plan: Plan,
  scope: Scope,
): { ok: true; dedupe: string | null; group: string | null } | { ok: false; message: string } {
  const typed = { ...scope, types: doublesAt(plan, 'run') };
  const dedupe = plan.dedupe === null ? null : renderTemplate(plan.dedupe.key, typed);
  if (dedupe !== null && !dedupe.ok) return { ok: false, message: `dedupe.key: ${dedupe.message}` };
  const group = plan.concurrency === null ? null : renderTemplate(plan.concurrency.group, typed);
  if (group !== null && !group.ok) return { ok: false, message: `concurrency.group: ${group.message}` };
  return {
    ok: true,
    dedupe: dedupe === null ? null : boundKey(keyText(dedupe.value)),
    group: group === null ? null : boundKey(keyText(group.value)),
  };
}

/** Text as it is; anything else as JSON, so that two maps are two keys. */
function keyText(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
