import { enclosingLoop } from '../../engine/core/run/scope-path.ts';
import type { ActionItem } from '../../engine/runtime/read/list-actions.ts';
import type { StepItem } from '../../engine/runtime/read/list-steps.ts';
import { isJsonObject } from '../../schemas/json.ts';
import { type Html, html } from './html.ts';
import { incidentLink, playbookLink, runLink, targetText } from './links.ts';
import { attemptState, stepState } from './states.ts';
import { table } from './table.ts';
import { moment } from './times.ts';
import type { View } from './view.ts';

/** Looking something up changes nothing; those are shown on request only. */
export const effects = ['notify', 'restore', 'contain', 'eradicate'];

/** Attempts with what they came to and who decided about them. */
export async function actionList(
  view: View,
  caption: string,
  items: readonly ActionItem[],
  /** The incident that the page is about, which no line has to name. */
  within: string | null = null,
): Promise<Html> {
  const known = await knownOf(view, items);
  return table<ActionItem>(
    caption,
    [
      { head: 'Outcome', cell: (item) => outcomeOf(item, known) },
      {
        head: 'Action',
        cell: (item) =>
          html`<code>${item.action}</code>${item.number > 1 && html` <span class="dim">attempt ${item.number}</span>`}`,
      },
      { head: 'Target', cell: (item) => targetText(item.target) },
      { head: 'Playbook', cell: (item) => playbookLink(view, item.playbook) },
      { head: 'Decided by', cell: known.decidedBy },
      {
        head: 'When',
        cell: (item) => moment(item.finishedAt ?? item.claimedAt ?? item.createdAt, view.nowMs),
      },
      {
        head: 'Run',
        leads: true,
        cell: (item) => [
          runLink(view, item.run.id),
          item.incidentId !== null &&
            item.incidentId !== within &&
            html` <span class="small dim">of ${incidentLink(view, { id: item.incidentId })}</span>`,
        ],
      },
    ],
    items,
    ({ id }) => id,
  );
}

interface Known {
  decidedBy(item: ActionItem): string | Html;
  /** Null when the step is not there. */
  step(item: ActionItem): StepItem | null;
}

/** What the runs of these attempts know about them; once per run, as a page comes from few runs. */
async function knownOf(view: View, items: readonly ActionItem[]): Promise<Known> {
  const { read, tenant } = view.deps;
  const asking = new Map<string, Set<string>>();
  for (const item of items.filter((each) => each.class !== 'read')) {
    const paths = asking.get(item.run.id) ?? new Set();
    for (const path of stepAndLoops(item.step)) paths.add(path);
    asking.set(item.run.id, paths);
  }
  const voters = new Map<string, string[]>();
  const steps = new Map<string, StepItem>();
  for (const [run, paths] of asking) {
    // Of these steps alone: a loop may have been asked about thousands of times since.
    const filter = { run, steps: [...paths], status: ['granted'] };
    const granted = await read.listApprovals(tenant, filter, { limit: 200 });
    for (const approval of granted.items) {
      const key = keyOf(run, approval.step);
      if (!voters.has(key)) voters.set(key, approval.voters);
    }
  }
  const named = items.map(({ run, step }) => ({ run: run.id, path: step }));
  for (const step of await read.stepsNamed(tenant, named)) {
    const key = keyOf(step.run, step.path);
    steps.set(key, step);
    const before = saidBefore(step);
    if (before !== null) voters.set(key, before);
  }
  const nameOf = await read.nameOfPeople(tenant, [...voters.values()].flat());
  const deciders = new Map([...voters].map(([key, ids]) => [key, ids.map(nameOf).join(', ')]));
  return {
    decidedBy: (item) => deciderOf(deciders, item) ?? html`<span class="dim">–</span>`,
    step: (item) => steps.get(keyOf(item.run.id, item.step)) ?? null,
  };
}

/** Who said yes to the gate or list that the step went out on; null of one that was asked about by itself or not at all. */
function saidBefore({ approval }: StepItem): string[] | null {
  if (!isJsonObject(approval) || approval.approvalId === undefined || !Array.isArray(approval.by))
    return null;
  return approval.by.filter((id) => typeof id === 'string');
}

/** Who decided about the step, or about the list that it is an item of. */
function deciderOf(deciders: ReadonlyMap<string, string>, item: ActionItem): string | null {
  for (const path of stepAndLoops(item.step)) {
    const who = deciders.get(keyOf(item.run.id, path));
    if (who !== undefined) return who;
  }
  return null;
}

/** The step itself, then each list that it is an item of. */
function stepAndLoops(step: string): string[] {
  const paths: string[] = [];
  for (let path: string | null = step; path !== null; path = enclosingLoop(path)) paths.push(path);
  return paths;
}

function keyOf(run: string, step: string): string {
  return `${run} ${step}`;
}

/** A system that only took the order says nothing yet: what came of it is the step's to tell. */
function outcomeOf(item: ActionItem, known: Known): Html {
  const step = item.outcome === 'accepted' ? known.step(item) : null;
  return step === null ? attemptState(item) : stepState(step);
}
