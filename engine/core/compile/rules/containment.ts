import { classRank } from '../../contracts/action.ts';
import type { Suggestion } from '../../diagnostics/fix.ts';
import type { CompileContext, Rule } from '../context.ts';
import { insertField } from '../insert-field.ts';
import type { StepSite } from '../outline.ts';
import { keyAt, listField, mapField, scalarField, textField } from '../source-node.ts';
import { actionSteps, hasEffect, isContainment, isWatched, modeOf, watchedBy } from '../step-facts.ts';

/** In mode enforce, containment needs a person or a guard between the alert and the target. */
export const ungatedContainment: Rule = (context) => {
  if (modeOf(context.source) !== 'enforce') return [];
  return actionSteps(context).flatMap(([step, manifest]) => {
    if (!isContainment(manifest) || isGated(step, context)) return [];
    const action = scalarField(step.node, 'action') ?? step.label;
    return [
      {
        code: 'compile/ungated-containment',
        at: action.at,
        path: action.path,
        message: `"${manifest.key}" acts on any target, servers and privileged accounts included, without approval and without guard`,
        help: 'add "approval:" to the step, or a guard with "deny_if"',
        ...askFirst(step, context),
      },
    ];
  });
};

/**
 * The approval that asks always, where somebody is named who can be asked. Inside a loop it would ask
 * once per item: there the loop should ask, and only its author knows what.
 */
function askFirst(step: StepSite, { source }: CompileContext): Suggestion {
  const defaults = mapField(mapField(source.root, 'defaults'), 'approval');
  const asked = textField(source.root, 'owner') !== undefined || listField(defaults, 'approvers').length > 0;
  const edit =
    asked && step.body.owner === null ? insertField(step.node, 'action', approval, source.text) : null;
  return edit === null ? {} : { fix: { title: `add "${approval}"`, edits: [edit] } };
}

const approval = 'approval: { expires: 1h }';

function isGated(step: StepSite, context: CompileContext): boolean {
  if (step.node.fields.has('approval') || isAskedAsList(step)) return true;
  const covered = context.outline.all.some(
    (gate) => gate.kind === 'approval' && step.id !== null && coveredBy(gate).includes(step.id),
  );
  const guarded = listField(context.source.root, 'guards').some((guard) => {
    const manifest = context.manifests.get(step);
    return (
      guard.kind === 'map' &&
      guard.fields.has('deny_if') &&
      manifest &&
      isWatched(step, manifest, watchedBy(guard))
    );
  });
  return covered || guarded;
}

/** A loop around it asks for all of its items at once. */
function isAskedAsList({ block: { owner, role } }: StepSite): boolean {
  if (owner === null) return false;
  return (role === 'body' && owner.node.fields.has('approval')) || isAskedAsList(owner);
}

function coveredBy(gate: StepSite): string[] {
  const approval = gate.node.fields.get('approval')?.value;
  return listField(approval, 'covers').flatMap((item) => (item.kind === 'scalar' ? String(item.value) : []));
}

/** A branch that loses a race may be abandoned between acting and knowing. */
export const racingContainment: Rule = (context) =>
  context.outline.all.flatMap((step) => {
    const effect = effectOf(step, context);
    const race = effect === null ? undefined : raceAround(step);
    if (effect === null || race === undefined) return [];
    const place = scalarField(step.node, effect.field) ?? step.label;
    return [
      {
        code: 'compile/racing-containment',
        at: place.at,
        path: place.path,
        message: `${effect.what} and stands in a branch that another may overtake`,
        seen: { at: keyAt(race.node, 'join'), message: 'the first succeeded branch ends the others' },
        help: 'use "join: all" or "join: settle", or act after the join',
      },
    ];
  });

function effectOf(
  step: StepSite,
  { manifests, children }: CompileContext,
): { field: string; what: string } | null {
  const manifest = manifests.get(step);
  if (manifest !== undefined && hasEffect(manifest))
    return { field: 'action', what: `"${manifest.key}" is of class ${manifest.class}` };
  const child = children.get(step);
  if (child !== undefined && classRank[child.plan.impact] > classRank.notify)
    return { field: 'call', what: `playbook "${child.plan.playbook.id}" may ${child.plan.impact}` };
  return null;
}

function raceAround(step: StepSite): StepSite | undefined {
  for (let block: StepSite['block'] | undefined = step.block; block; block = block.owner?.block) {
    if (block.role === 'branch' && block.owner && textField(block.owner.node, 'join') === 'any')
      return block.owner;
  }
  return undefined;
}
