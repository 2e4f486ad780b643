import type { ConditionPart } from '../../engine/core/match/explain-condition.ts';
import type { TriggerExplanation } from '../../engine/core/match/explain-event.ts';
import { oneLine } from './server-text.ts';

/* Why triggers start or do not start, for people. */

/** `runs`: what each run would be given is told, too. */
type Told = Omit<TriggerExplanation, 'runs'> & { runs?: TriggerExplanation['runs'] };

export function explanationLines(triggers: readonly Told[]): string[] {
  return triggers.flatMap((each) => [
    `${each.outcome === 'starts' ? 'starts' : 'does not start'}  ${oneLine(each.triggerId)}: ${oneLine(each.detail)}${each.code === null ? '' : ` (${each.code})`}`,
    ...reasons(each).map((line) => `  ${oneLine(line)}`),
  ]);
}

function reasons(each: Told): string[] {
  const looked = each.outcome !== 'not-listening';
  return [
    ...(each.ruledOut === null
      ? []
      : [
          `not even tried: ${each.ruledOut.path} is ${each.ruledOut.value}, it wants ${each.ruledOut.wants.join(' or ')}`,
        ]),
    ...(looked && each.condition !== null ? conditionLines('match', each.condition) : []),
    ...(looked && each.routing !== null ? conditionLines('routing', each.routing) : []),
    ...(each.runs ?? []).flatMap((run) => [
      `run${run.element === '' ? '' : ` for ${run.element}`}, mode ${run.mode}`,
      ...Object.entries(run.inputs).map(([name, value]) => `  ${name} = ${JSON.stringify(value)}`),
      ...(run.dedupeKey === null ? [] : [`  dedupe key ${JSON.stringify(run.dedupeKey)}`]),
      ...(run.group === null ? [] : [`  concurrency group ${JSON.stringify(run.group)}`]),
    ]),
    ...each.problems.map((problem) => `no run for ${problem.element}: ${problem.detail} (${problem.code})`),
  ];
}

/** Of parts that all must hold only those that do not; a person looks for what stood in the way. */
function conditionLines(what: string, part: ConditionPart, depth = 0): string[] {
  const pad = '  '.repeat(depth);
  const told = part.kind === 'one' ? part.text : part.kind === 'all' ? 'all of' : 'one of';
  const saw = part.values.map(({ path, value }) => `${path} is ${value}`).join(', ');
  const why = part.message === '' ? '' : `  ${part.message}`;
  const line = `${pad}${what === '' ? '' : `${what}: `}${told}  ${part.result}${saw === '' ? '' : `  (${saw})`}${why}`;
  const hide = part.kind === 'all' && part.result !== 'true';
  const shown = hide ? part.parts.filter(({ result }) => result !== 'true') : part.parts;
  const rest = part.parts.length - shown.length;
  return [
    line,
    ...shown.flatMap((each) => conditionLines('', each, depth + 1)),
    ...(rest === 0 ? [] : [`${pad}  and ${rest} that ${rest === 1 ? 'holds' : 'hold'}`]),
  ];
}
