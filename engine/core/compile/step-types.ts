import { dyn, typeFromSchema, type ValueType } from '../expression/value-type.ts';
import { childOutputs } from './child-outputs.ts';
import type { CompileContext } from './context.ts';
import { closed } from './name-types.ts';
import type { Body, StepSite } from './outline.ts';
import { mapField, scalarField, textField } from './source-node.ts';
import { loopFields, outputsOfWait, stepFields } from './step-fields.ts';

/** Types of `steps.<id>` (7.2). Fields that depend on what happened are dynamic. */

const text: ValueType = { t: 'string' };

type StepMeanings = Pick<CompileContext, 'manifests' | 'children'>;

/** Every step an expression of this body can name, those of the bodies around it included. */
export function stepTypes(body: Body, meanings: StepMeanings): { [id: string]: ValueType } {
  const types = body.outer ? stepTypes(body.outer, meanings) : {};
  for (const [id, step] of body.byId) types[id] = stepType(step, meanings);
  return types;
}

function stepType(step: StepSite, meanings: StepMeanings): ValueType {
  const common = stepFields(outputsType(step, meanings));
  switch (step.kind) {
    case 'parallel': {
      const names = [...(mapField(step.node, 'parallel')?.fields.keys() ?? [])];
      const branches = Object.fromEntries(names.map((name) => [name, closed({ status: text })]));
      return closed({ ...common, branches: closed(branches) });
    }
    case 'foreach':
      return closed({ ...common, ...loopFields(outputsOfBody(step.inner, meanings)) });
    case 'unclear':
      // Reported as such: nothing more is said about what refers to it.
      return dyn;
    default:
      return closed(common);
  }
}

function outputsType(step: StepSite, meanings: StepMeanings): ValueType {
  switch (step.kind) {
    case 'action': {
      const manifest = meanings.manifests.get(step);
      return manifest ? typeFromSchema(manifest.output) : dyn;
    }
    case 'switch':
      return closed({ case: dyn });
    case 'repeat':
      return closed({ last: outputsOfBody(step.inner, meanings) });
    case 'wait':
      return waitOutputs(step);
    case 'call': {
      if (scalarField(step.node, 'attach')?.value === false) return closed({});
      const child = meanings.children.get(step);
      return child ? childOutputs(child.plan) : dyn;
    }
    default:
      return closed({});
  }
}

/** Outputs of the steps of an item or round, by id. Which of them ran, only the run knows. */
function outputsOfBody(body: Body | null, meanings: StepMeanings): ValueType {
  const fields = [...(body?.byId ?? [])].map(([id, step]) => [id, outputsType(step, meanings)] as const);
  return closed(Object.fromEntries(fields));
}

function waitOutputs(step: StepSite): ValueType {
  return outputsOfWait(textField(mapField(step.node, 'wait'), 'for') ?? null);
}
