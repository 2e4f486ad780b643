import type { Plan } from '../../engine/core/contracts/plan.ts';
import { toPlanPath } from '../../engine/core/run/scope-path.ts';
import { stepsOfHalted } from '../decide/halted-steps.ts';
import type { Played } from '../decide/play-world.ts';
import type { Schedule } from '../decide/random-schedule.ts';

/* The invariants of every run, whatever its plan: order of the journal, ends that stay, one effect per key. */

const ends: ReadonlySet<string> = new Set(['succeeded', 'failed', 'denied', 'cancelled', 'skipped']);
const beginnings: ReadonlySet<string> = new Set([
  'request-approval',
  'start-child',
  'subscribe',
  'open-round',
  'open-loop',
]);

export class OrderWatch {
  readonly broken = new Set<string>();
  readonly #plan: Plan;
  readonly #attempted = new Set<string>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  look({ scope, before, after, commands, entries }: Played): void {
    for (const { type, step, attempt } of entries)
      if (type === 'action.attempted') this.#attempted.add(`${step} ${attempt}`);
    for (const command of commands) {
      if (command.kind !== 'enqueue-attempt' || command.purpose !== 'perform') continue;
      if (!this.#attempted.has(`${command.ref} ${command.number}`))
        this.broken.add(`${command.ref} went out before its intent was written`);
    }
    if (!('context' in before) || !('context' in after)) return;
    for (const [path, { status }] of Object.entries(before.context.steps)) {
      if (ends.has(status) && after.context.steps[path]?.status !== status)
        this.broken.add(`${path} was ${status} and changed`);
    }
    const halted = stepsOfHalted(this.#plan, scope.body, before.context.halted);
    for (const command of commands) {
      const performs = command.kind === 'enqueue-attempt' && command.purpose === 'perform';
      if (!(performs || beginnings.has(command.kind)) || !('ref' in command)) continue;
      if (halted.has(toPlanPath(scope, command.ref)))
        this.broken.add(`${command.kind} of ${command.ref} after its block was halted`);
    }
  }

  close(schedule: Schedule): void {
    const { world } = schedule;
    const settled = new Set(
      [...world.ordered('record-undo'), ...world.ordered('drop-hold')].map(({ ref }) => ref),
    );
    for (const { ref } of world.ordered('want-hold'))
      if (!settled.has(ref)) this.broken.add(`the hold of ${ref} is neither held nor dropped`);
    // Records whose undo was begun end in one word.
    const undone = new Set(world.ordered('settle-undo').map(({ recordId }) => recordId));
    for (const { recordId } of world.ordered('release-hold'))
      if (!undone.has(recordId)) this.broken.add(`the undo of ${recordId} has no end`);
    for (const { ref, purpose, rendered } of world.ordered('enqueue-attempt')) {
      if (purpose !== 'perform' || rendered.class === 'read' || schedule.isNative(ref)) continue;
      if ((schedule.effects.get(rendered.actionKey) ?? 0) > 1)
        this.broken.add(`${ref} came about twice under one key`);
    }
  }
}
