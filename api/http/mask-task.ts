import { maskValues } from '../../engine/core/identity/mask-values.ts';
import type { TaskDetail } from '../../engine/runtime/read/read-task.ts';

/** For somebody who may see that nobody knows, and not with which values; vendor texts may repeat some. */
export function maskTask(task: TaskDetail): TaskDetail {
  const masked = <Value>(value: Value) => maskValues(value as never) as Value;
  return {
    ...task,
    arguments: task.arguments.map(({ name, value }) => ({ name, value: maskValues(value) })),
    handle: masked(task.handle),
    proof: masked(task.proof),
    exchanges: task.exchanges.map((each) => ({
      ...each,
      says: masked(each.says),
      handle: masked(each.handle),
    })),
    late: task.late.map((each) => ({ ...each, says: masked(each.says) })),
  };
}
