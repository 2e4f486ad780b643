import { expect, it } from 'vitest';
import { confirmGuardrails, publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import {
  db1,
  dc01,
  hostAlert,
  isolateStep,
  madePlaybook,
  questions,
  ws0117,
  ws0244,
} from '../corridor/questions.ts';
import { openCorridor } from '../support/corridor.ts';

/* T1: one stolen administrator's account orders mass isolation. */

it('a stolen administrator cannot lift the limit alone, and the limit holds for what he starts', async () => {
  const corridor = await openCorridor({ playbooks: [] });
  try {
    const { parts } = corridor.engine;
    const ada = await corridor.person('Ada', ['soc'], ['operator']);
    const stolen = await corridor.person('Stolen', ['soc'], ['admin']);
    const by = (personId: string) => ({
      personId,
      actor: { kind: 'person' as const, id: personId, channel: 'api' as const },
      requestId: 'test',
    });
    const file = 'guardrails.yaml';
    const limit =
      'kind: guardrails/v1\nlimits:\n  - { id: hosts, classes: [contain], target_kind: host, targets: 1, per: 1h, on_exceed: ask }\n';
    await publishGuardrails(parts, { ...by(ada), source: limit, file, version: 0 });
    const lifted = await publishGuardrails(parts, {
      ...by(stolen),
      source: 'kind: guardrails/v1\n',
      file,
      version: 1,
    });
    if (!lifted.ok) throw new Error(lifted.detail);
    expect(lifted.state).toBe('proposed');
    expect(await confirmGuardrails(parts, { ...by(stolen), digest: lifted.digest })).toMatchObject({
      ok: false,
      code: 'approval/separation',
    });
    const hosts = [ws0117, ws0244, db1, dc01];
    await corridor.publish(madePlaybook('mass', isolateStep));
    for (const host of hosts) await corridor.sendBody(hostAlert('mass', `mass-${host}`, host));
    await corridor.rest();
    const isolated = hosts.filter(
      (host) => corridor.lab.estate.effect('network-isolated', `host:${host}`).orders > 0,
    );
    expect(isolated).toHaveLength(1);
    expect(await questions(corridor, 'pending')).toHaveLength(3);
    expect((await corridor.story()).map((entry) => entry.type)).toContain('guardrails.refused');
  } finally {
    await corridor.close();
  }
});
