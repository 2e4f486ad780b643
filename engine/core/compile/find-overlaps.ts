import { classRank } from '../contracts/action.ts';
import type { PlanTrigger } from '../contracts/plan.ts';
import { type Diagnostic, type Problem, toDiagnostic } from '../diagnostics/diagnostic.ts';
import { indexLines, placeOf, type Span } from '../diagnostics/position.ts';
import { conjunctTexts } from '../expression/read-conjuncts.ts';
import type { CompiledFile } from './compile-playbooks.ts';
import { withoutIgnored } from './ignore-comments.ts';
import { keyAt, listField, type PlaybookSource, scalarField } from './source-node.ts';

/*
 * Two playbooks that contain and answer the same events. Said only where it is certain: one condition
 * demands everything that the other demands. Two conditions that merely might both hold are not told,
 * because every pair of playbooks might.
 */

interface Listener {
  playbook: string;
  trigger: PlanTrigger;
  demands: ReadonlySet<string>;
  source: PlaybookSource;
  at: Span;
  path: string;
}

/** Findings of severity info, each at the narrower of the two triggers. */
export function findOverlaps(files: readonly CompiledFile[]): Diagnostic[] {
  const listeners = files.flatMap(listenersOf);
  return listeners.flatMap((one, index) => {
    const other = listeners.find(
      (each, at) => each.playbook !== one.playbook && covers(each, one) && (at < index || !covers(one, each)),
    );
    return other === undefined ? [] : withoutIgnored([remark(one, other)], one.source.text);
  });
}

function listenersOf({ compilation }: CompiledFile): Listener[] {
  if (!compilation.ok || classRank[compilation.plan.impact] < classRank.contain) return [];
  const { plan, source } = compilation;
  const nodes = listField(source.root, 'triggers');
  return plan.triggers.flatMap((trigger, index) => {
    const node = nodes[index];
    const listens = trigger.type.startsWith('alert.') || trigger.type.startsWith('incident.');
    if (!listens || !trigger.enabled || node?.kind !== 'map') return [];
    return {
      playbook: plan.playbook.id,
      trigger,
      demands: new Set(trigger.match === null ? [] : conjunctTexts(trigger.match)),
      source,
      at: scalarField(node, 'match')?.at ?? keyAt(node, 'id'),
      path: node.path,
    };
  });
}

function covers(wide: Listener, narrow: Listener): boolean {
  return (
    wide.trigger.type === narrow.trigger.type && [...wide.demands].every((part) => narrow.demands.has(part))
  );
}

function remark(one: Listener, other: Listener): Diagnostic {
  const same = one.demands.size === other.demands.size;
  const problem: Problem = {
    code: 'match/overlaps',
    at: one.at,
    path: one.path,
    message: `playbook "${other.playbook}" answers ${same ? 'the same events' : 'all of these events too'}, and both contain`,
    help: 'decide in the routing file who goes first, or narrow one of the two',
  };
  const place = placeOf(indexLines(other.source.text), other.at.start);
  return {
    ...toDiagnostic(problem, one.source.file, indexLines(one.source.text)),
    seen: { file: other.source.file, ...place, message: `trigger "${other.trigger.id}" is here` },
  };
}
