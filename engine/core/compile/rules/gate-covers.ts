import type { Problem } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/fix.ts';
import { nearestName } from '../../diagnostics/nearest-name.ts';
import type { Rule } from '../context.ts';
import { findStep, type Outline, type StepSite } from '../outline.ts';
import { listField, mapField, type SourceNode } from '../source-node.ts';

/** A gate covers action steps that come after it; anything else would be approved and never asked. */
export const gateCovers: Rule = ({ outline, source }) =>
  outline.all
    .filter(({ kind }) => kind === 'approval')
    .flatMap((gate) =>
      listField(mapField(gate.node, 'approval'), 'covers').flatMap((item) =>
        judge(item, gate, outline, source.text),
      ),
    );

function judge(item: SourceNode, gate: StepSite, outline: Outline, text: string): Problem[] {
  if (item.kind !== 'scalar' || typeof item.value !== 'string') return [];
  const step = findStep(item.value, gate.body);
  const place = { at: item.at, path: item.path };
  if (!step) {
    const meant = nearestName(
      item.value,
      outline.all.flatMap(({ kind, id }) => (kind === 'action' && id ? [id] : [])),
    );
    return [
      {
        ...place,
        code: 'compile/unknown-step',
        message: `the gate covers "${item.value}", which is not a step`,
        ...didYouMean(meant, item.at, item.value, text),
      },
    ];
  }
  const seen = { at: step.label.at, message: `step "${item.value}" is defined here` };
  if (outline.all.indexOf(step) < outline.all.indexOf(gate)) {
    return [
      {
        ...place,
        code: 'compile/not-visible-here',
        message: `the gate covers "${item.value}", which comes before it`,
        seen,
      },
    ];
  }
  if (step.body !== gate.body) {
    return [
      {
        ...place,
        code: 'compile/not-visible-here',
        message: `the gate covers "${item.value}", which is outside its loop`,
        seen,
      },
    ];
  }
  if (step.kind !== 'action' && step.kind !== 'unclear') {
    return [
      {
        ...place,
        code: 'compile/invalid-value',
        message: `the gate covers "${item.value}", which is no action`,
        seen,
      },
    ];
  }
  return [];
}
