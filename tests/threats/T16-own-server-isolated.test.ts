import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import {
  db1,
  dc01,
  hostAlert,
  isolateStep,
  lookStep,
  madePlaybook,
  onlyQuestion,
  questions,
  ws0244,
} from '../corridor/questions.ts';
import { openCorridor } from '../support/corridor.ts';

/* T16: an attacker makes alerts that get your own critical server isolated. The shipped guardrails, as they are. */

it('an alert that names a domain controller isolates nothing, whatever the playbook forgot', async () => {
  const corridor = await openCorridor({ playbooks: [] });
  try {
    const ada = await corridor.person('Ada', ['soc'], ['operator']);
    const source = await readFile('examples/guardrails.yaml', 'utf8');
    const actor = { kind: 'person' as const, id: ada, channel: 'api' as const };
    const input = { source, file: 'guardrails.yaml', version: 0, personId: ada, actor, requestId: 'test' };
    expect(await publishGuardrails(corridor.engine.parts, input)).toMatchObject({
      ok: true,
      state: 'in-force',
    });
    await corridor.publish(madePlaybook('careless', `${lookStep}${isolateStep}`));
    await corridor.publish(madePlaybook('blind', isolateStep));
    const stateAfter = async (playbook: string, host: string) => {
      await corridor.sendBody(hostAlert(playbook, `${playbook}-${host}`, host));
      await corridor.rest();
      return (await corridor.runs()).at(-1)?.state;
    };
    expect(await stateAfter('careless', dc01)).toBe('denied');
    // Nobody looked it up, so nobody knows what it is.
    expect(await stateAfter('blind', dc01)).toBe('denied');
    expect(await questions(corridor)).toEqual([]);
    expect(await stateAfter('careless', db1)).toBe('waiting');
    expect(await onlyQuestion(corridor)).toMatchObject({ approvers: ['group:soc-tier2'] });
    expect(await stateAfter('careless', ws0244)).toBe('succeeded');
    const orders = [dc01, db1].map(
      (host) => corridor.lab.estate.effect('network-isolated', `host:${host}`).orders,
    );
    expect(orders).toEqual([0, 0]);
  } finally {
    await corridor.close();
  }
});
