import { type Compilation, compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
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
export function generatedPlan(seed: number) {
  const text = writePlaybook(seed);
  const compiled = compileGenerated(text);
  if (!compiled.ok) {
    const errors = compiled.diagnostics.filter(({ severity }) => severity === 'error');
    throw new Error(`seed ${seed} does not compile: ${JSON.stringify(errors, null, 1)}`);
  }
  return compiled.plan;
}

/** One run of a plan in a world that the seed chooses. */
export function playOnce(plan: ReturnType<typeof generatedPlan>, seed: number, look: (made: Played, schedule: Schedule) => void): Schedule {
  const chance = new Chance(seed ^ 0x2545f491);
  const outside: Outside = {
    given: {
      inputs: {
        host_id: chance.of(...hostIds),
        user_id: chance.of(...userIds),
        sender: 'a@example.test',
        incident_id: chance.of('', 'I1'),
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
  const schedule = new Schedule(plan, seed ^ 0x5f3759df, outside);
  return schedule.play((made) => look(made, schedule));
}
