import type { ConditionPart } from '../../engine/core/match/explain-condition.ts';
import type { TriggerExplanation } from '../../engine/core/match/explain-event.ts';
import { data } from './data.ts';
import { type Html, html, type Value } from './html.ts';
import { traceOutcome } from './states.ts';
import { table } from './table.ts';

export type Explained = Omit<TriggerExplanation, 'runs'>;

/** Why triggers would start or would not: which part of a condition stood in the way, and what it saw. */
export function explanationList(triggers: readonly Explained[], playbook: (each: Explained) => Value): Html {
  return table(
    'Triggers tried',
    [
      { head: 'Outcome', cell: ({ outcome }) => traceOutcome(outcome) },
      { head: 'Trigger', cell: (each) => html`${playbook(each)} <span class="dim">${each.triggerId}</span>` },
      {
        head: 'Why',
        cell: ({ detail, condition, routing, ruledOut, problems }) =>
          html`${data(detail)}${
            ruledOut !== null &&
            html`<p class="small">${data(ruledOut.path)} is ${data(ruledOut.value)}, it wants ${data(ruledOut.wants.join(' or '))}</p>`
          }${untrue(condition)}${untrue(routing)}${problems.map(
            (each) => html`<p class="small">No run for ${data(each.element)}: ${data(each.detail)}</p>`,
          )}`,
      },
    ],
    triggers,
  );
}

/** The smallest parts that are not true. */
function untrue(part: ConditionPart | null): Html[] {
  if (part === null || part.result === 'true') return [];
  if (part.kind !== 'one') return part.parts.flatMap(untrue);
  const saw = part.values.map(({ path, value }) => `${path} is ${value}`).join(', ');
  return [
    html`<p class="small">${data(part.text)} is ${part.result === 'error' ? html`an error: ${data(part.message)}` : 'false'}${saw !== '' && html`; ${data(saw)}`}</p>`,
  ];
}
