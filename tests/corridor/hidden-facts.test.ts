import { afterAll, beforeAll, expect, it } from 'vitest';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { decide, hostAlert, isolateStep, lookStep, madePlaybook, onlyQuestion, ws0117 } from './questions.ts';

/* What a step hides of its outputs (`mask`) is hidden as a fact of its target as well. */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

const asking = `${isolateStep}    approval: { ask: "Isolate?", approvers: [group:soc] }\n`;

async function card(playbookId: string) {
  await corridor.sendBody(hostAlert(playbookId, `${playbookId}-1`, ws0117));
  await corridor.rest();
  const asked = await onlyQuestion(corridor);
  const approval = await openRead(corridor.database.app).readApproval(defaultTenant, asked.id);
  return { asked, facts: approval?.facts[0]?.facts ?? {}, targets: approval?.targets };
}

it('a card shows the facts that a step told openly, and neither facts nor a name that it hides', async () => {
  await corridor.publish(madePlaybook('open', lookStep + asking));
  const open = await card('open');
  expect(Object.keys(open.facts)).toEqual(expect.arrayContaining(['name', 'role', 'owner']));
  expect(open.targets).toMatchObject([{ name: open.facts.name }]);
  const eva = await corridor.person('Eva', ['soc']);
  await decide(corridor, open.asked, eva, 'deny');
  await corridor.rest();

  await corridor.publish(madePlaybook('hiding', `${lookStep}    mask: [name, owner]\n${asking}`));
  const hiding = await card('hiding');
  const { name: _, owner: __, ...rest } = open.facts;
  expect(hiding.facts).toEqual(rest);
  expect(hiding.targets).toMatchObject([{ name: null }]);
});
