import { type Compilation, compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import type { Plan } from '../../engine/core/contracts/plan.ts';
import { testPlaybooks } from '../compile/children.ts';
import { Chance } from '../decide/chance.ts';
import type { Played } from '../decide/play-world.ts';
import { type Outside, Schedule } from '../decide/random-schedule.ts';
import { connections, generatedRegistry, hostIds, outputsOf, userIds } from './catalogue.ts';
import { writePlaybook } from './write-playbook.ts';

export function compileGenerated(text: string): Compilation {
  return compilePlaybook(text, {
    file: 'generated.yaml',
    registry: generatedRegistry,
    connections: new Map(Object.entries(connections)),
    playbooks: testPlaybooks,
  });
}

/** The plan behind a seed; a text that does not compile is a finding by itself. */
export function generatedPlan(seed: number): Plan {
  const text = writePlaybook(seed);
  const compiled = compileGenerated(text);
  if (!compiled.ok) {
    const errors = compiled.diagnostics.filter(({ severity }) => severity === 'error');
    throw new Error(`seed ${seed} does not compile: ${JSON.stringify(errors, null, 1)}`);
  }
  return compiled.plan;
}

/** One run of a plan in a world that the playbook's seed and the number of the drive choose. */
export function playOnce(
  plan: Plan,
  seed: number,
  drive: number,
  look: (made: Played, schedule: Schedule) => void,
): Schedule {
  const own = Math.imul(seed, 31) + drive;
  const chance = new Chance(own ^ 0x2545f491);
  const outside: Outside = {
    given: {
      inputs: {
        host_id: chance.of(...hostIds),
        user_id: chance.of(...userIds),
        sender: 'a@example.test',
        incident_id: chance.of('I1', 'I2'),
        start_at: '1970-01-01T03:00:00Z',
        flag: chance.in(2),
        word: chance.of('a', 'b', 'c'),
        hosts: hostIds.slice(0, chance.below(4)),
      },
    },
    connections,
    outputs: outputsOf,
    childOutputs: { found: 0, clean: true, label: 'Mailbox', mailbox: 'x' },
    signal: (good) => ({ incident: { id: good ? 'I1' : 'I2', status: good ? 'resolved' : 'active' } }),
    edited: 'H1',
  };
  const schedule = new Schedule(plan, own ^ 0x5f3759df, outside);
  return schedule.play((made) => look(made, schedule));
}
