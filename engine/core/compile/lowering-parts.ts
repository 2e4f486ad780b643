import type { PlanStep } from '../contracts/plan.ts';
import type { CompileContext } from './context.ts';
import type { Block, StepSite } from './outline.ts';

/** What the lowering of a step may look at. */
export interface LoweringParts
  extends Pick<
    CompileContext,
    'source' | 'outline' | 'registry' | 'manifests' | 'rollbacks' | 'children' | 'expressions'
  > {
  /** Loops whose `items` some expression reads. */
  itemsRead: ReadonlySet<StepSite>;
  /** Lowers the steps of a block; handed down so that blocks need not know every kind. */
  steps(block: Block | undefined): PlanStep[];
}

/** What every step has. */
export type StepBase = Pick<PlanStep, 'id' | 'path' | 'name' | 'if' | 'onError' | 'onDenied'>;
