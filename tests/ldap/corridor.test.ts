import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import type { ActionRegistry } from '../../engine/core/contracts/action.ts';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { PersonId, RunId } from '../../schemas/ids.ts';
import { hostAlert, madePlaybook } from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { personPassword, suffix } from '../support/directory-entries.ts';
import { useSlapd } from '../support/slapd.ts';
import { openDropRelay } from './drop-relay.ts';
import { meddled } from './meddled.ts';

/* From an alert to an account that is kept out, and back. */

const directory = await useSlapd();
const step = (id: string, action: string) =>
  `  - id: ${id}\n    action: ldap.${action}\n    with: { user_id: "\${{ inputs.host_id }}" }\n`;
const people = (uid: string) => `uid=${uid},ou=People,${suffix}`;

describe.skipIf(directory.missing !== null)('an account on premises', () => {
  let corridor: Corridor;
  let bo: PersonId;
  beforeAll(async () => {
    corridor = await openCorridor({ playbooks: [], connections: [directory.connection()] });
    bo = await corridor.person('Bo', ['soc']);
    await corridor.publish(
      madePlaybook(
        'contain',
        `${step('look', 'get-user')}${step('disable', 'disable-user')}`,
        `guards:
  - id: break_glass
    applies_to: [contain]
    deny_if: guard.target.tags.exists(tag, tag == "break-glass")
    message: Never.
`,
      ),
    );
  });
  afterAll(() => corridor.close());

  let sent = 0;
  async function contain(user: string) {
    await corridor.sendBody(hostAlert('contain', `alert-${++sent}`, user));
    await corridor.rest();
    const run = (await corridor.runs()).at(-1);
    if (run === undefined) throw new Error('no run');
    return run;
  }

  async function undo(runId: string): Promise<void> {
    const asked = await undoRun(corridor.engine.parts, {
      runId: runId as RunId,
      steps: null,
      reason: 'It was nothing',
      actor: { kind: 'person', id: bo, channel: 'api' },
      personId: bo,
      requestId: 'test',
    });
    expect(asked).toMatchObject({ ok: true });
    await corridor.rest();
  }

  const kinds = async (runId: string) => (await corridor.story(runId)).map(({ type }) => type);

  it('is disabled for an alert, and lets its owner in again when that is taken back', async () => {
    const run = await contain('Ann');
    expect(run.state).toBe('succeeded');
    expect(await directory.letsIn(people('ann'), personPassword)).toBe(false);
    await undo(run.id);
    expect(await directory.letsIn(people('ann'), personPassword)).toBe(true);
    expect(await kinds(run.id)).toContain('hold.released');
  });

  it('that was disabled before is not enabled by it', async () => {
    await directory.change(people('ben'), 'pwdAccountLockedTime', ['000001010000Z']);
    const run = await contain('ben');
    expect(run.state).toBe('succeeded');
    await undo(run.id);
    expect(await directory.letsIn(people('ben'), personPassword)).toBe(false);
  });

  it('that a tag protects is left alone', async () => {
    const run = await contain('cid');
    expect(await kinds(run.id)).toContain('guard.denied');
    expect(await directory.letsIn(people('cid'), personPassword)).toBe(true);
  });

  it('whose name somebody else has got by then is not given back to that one', async () => {
    const run = await contain('dan');
    await directory.rename(people('dan'), 'uid=dan-away');
    await directory.change(`uid=dan-away,ou=People,${suffix}`, 'uid', ['dan-away']);
    await directory.rename(people('eve'), 'uid=dan');
    await directory.change(people('dan'), 'uid', ['dan']);
    await directory.change(people('dan'), 'pwdAccountLockedTime', ['000001010000Z']);
    await undo(run.id);
    expect(await directory.letsIn(people('dan'), personPassword)).toBe(false);
    expect(await directory.letsIn(`uid=dan-away,ou=People,${suffix}`, personPassword)).toBe(false);
  });
});

describe.skipIf(directory.missing !== null)('guardrails that protect users', () => {
  it('hold at this door too, and whom nobody looked up is left alone', async () => {
    const corridor = await openCorridor({ playbooks: [], connections: [directory.connection()] });
    try {
      const ada = await corridor.person('Ada', ['soc'], ['operator']);
      const published = await publishGuardrails(corridor.engine.parts, {
        personId: ada,
        actor: { kind: 'person', id: ada, channel: 'api' },
        requestId: 'test',
        file: 'guardrails.yaml',
        version: 0,
        source: readFileSync(join(import.meta.dirname, '../../examples/guardrails.yaml'), 'utf8'),
      });
      expect(published).toMatchObject({ ok: true });
      await corridor.publish(
        madePlaybook('looked', `${step('look', 'get-user')}${step('act', 'disable-user')}`),
      );
      await corridor.publish(madePlaybook('blindly', step('act', 'disable-user')));
      // As the cloud has told of somebody whom it calls by another name, and of that name's owner.
      for (const [id, facts] of [
        ['cloud-hal', { upn: 'Hal@corp.example.test', tags: ['break-glass'], roles: [] }],
        ['hal', { upn: 'hal@corp.example.test', tags: [] }],
      ] as const)
        await corridor.database.owner.query(
          `insert into target_facts (tenant_id, kind, target_id, facts) values ('default', 'user', $1, $2)`,
          [id, JSON.stringify(facts)],
        );
      for (const [at, playbook, user, denied] of [
        [1, 'looked', 'cid', true],
        [2, 'blindly', 'ida', true],
        [3, 'looked', 'ida', false],
        [4, 'looked', 'hal', true],
      ] as const) {
        await corridor.sendBody(hostAlert(playbook, `guarded-${at}`, user));
        await corridor.rest();
        const story = await corridor.story((await corridor.runs()).at(-1)?.id);
        expect(story.some(({ type }) => type === 'guard.denied')).toBe(denied);
        expect(await directory.letsIn(people(user), personPassword)).toBe(denied);
      }
    } finally {
      await corridor.close();
    }
  });
});

/** The catalogue, in which something happens right before an account is changed. */
function meddlingRegistry(meddle: () => void): ActionRegistry {
  const registry = new Map(createRegistry());
  const disable = registry.get('ldap.disable-user');
  if (disable === undefined) throw new Error('no action ldap.disable-user');
  return registry.set('ldap.disable-user', {
    ...disable,
    perform: (context, input) => disable.perform({ ...context, ldap: meddled(context.ldap, meddle) }, input),
  });
}

describe.skipIf(directory.missing !== null)('an answer that is lost on the way', () => {
  it('is found out by a look, and done once', async () => {
    const relay = await openDropRelay(directory.port);
    const settings = { url: `ldaps://localhost:${relay.port}` };
    const corridor = await openCorridor({
      playbooks: [],
      connections: [directory.connection(settings)],
      actions: () => meddlingRegistry(relay.swallow),
    });
    try {
      await corridor.publish(
        madePlaybook(
          'contain',
          '  - id: disable\n    action: ldap.disable-user\n    with: { user_id: "${{ inputs.host_id }}" }\n',
        ),
      );
      await corridor.sendBody(hostAlert('contain', 'alert-1', 'fay'));
      await corridor.rest();
      const [run] = await corridor.runs();
      expect(run?.state).toBe('succeeded');
      const types = (await corridor.story(run?.id)).map(({ type }) => type);
      expect(types.filter((type) => type === 'action.attempted')).toHaveLength(1);
      expect(types).toContain('action.unknown');
      expect(await directory.letsIn(people('fay'), personPassword)).toBe(false);
    } finally {
      await corridor.close();
    }
  });
});

it('that no connection leads to fails with that', async () => {
  const corridor = await openCorridor({ playbooks: [] });
  try {
    await corridor.publish(
      madePlaybook(
        'contain',
        '  - id: disable\n    action: ldap.disable-user\n    with: { user_id: "${{ inputs.host_id }}" }\n',
      ),
    );
    await corridor.sendBody(hostAlert('contain', 'alert-1', 'fay'));
    await corridor.rest();
    const [run] = await corridor.runs();
    expect(run?.state).toBe('failed');
    expect(JSON.stringify(await corridor.story(run?.id))).toContain('no connection is configured for ldap');
  } finally {
    await corridor.close();
  }
});
