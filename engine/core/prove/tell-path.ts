import type { PlanPositions } from '../contracts/plan.ts';
import type { State } from './explore.ts';

/** What had to happen on the way to a state, one line per event, with the line it stands in. */
export function tellPath(state: State, positions: PlanPositions): string[] {
  const lines: string[] = [];
  for (let at: State = state; at.from !== null; at = at.from.state) {
    const { said } = at.from;
    if (said === null) continue;
    const step = at.from.state.node.step;
    const line = step === null ? undefined : positions[step.path]?.line;
    const where = step === null ? '' : `${line === undefined ? '' : `line ${line}, `}${step.id}: `;
    lines.unshift(`${where}${said}`);
  }
  return lines.map((line, index) => `${index + 1}. ${line}`);
}
