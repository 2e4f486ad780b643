import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishGuardrails } from '../../engine/runtime/publish-guardrails.ts';
import { hostAlert, madePlaybook } from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { suffix } from '../support/directory-entries.ts';
import { useSlapd } from '../support/slapd.ts';
import { asActiveDirectory } from './ask-directory.ts';

/* An administrator of the cloud is not reached through the directory on premises, whatever it calls the account. */

const directory = await useSlapd();

describe.skipIf(directory.missing !== null)('the last administrators of the cloud', () => {
  let corridor: Corridor;
  beforeAll(async () => {
    corridor = await openCorridor({ playbooks: [], connections: [directory.connection(asActiveDirectory)] });
    const ada = await corridor.person('Ada', ['soc'], ['operator']);
    const published = await publishGuardrails(corridor.engine.parts, {
      personId: ada,
      actor: { kind: 'person', id: ada, channel: 'api' },
      requestId: 'test',
      file: 'guardrails.yaml',
      version: 0,
      source: 'kind: guardrails/v1\n',
    });
    if (!published.ok) throw new Error(published.detail);
    const step = (id: string, action: string) =>
      `  - id: ${id}\n    action: ldap.${action}\n    with: { user_id: "\${{ inputs.host_id }}" }\n`;
    await corridor.publish(madePlaybook('looked', step('look', 'get-user') + step('act', 'disable-user')));
    await corridor.publish(madePlaybook('blindly', step('act', 'disable-user')));
    await know('amy@corp.example.test', 'cloud-amy', 'amy@corp.example.test');
  });
  afterAll(() => corridor.close());

  /** As the cloud told it. */
  function know(id: string, objectId: string, upn: string): Promise<unknown> {
    const facts = { object_id: objectId, enabled: true, roles: ['Global Administrator'], upn };
    return corridor.database.owner.query(
      `insert into target_facts (tenant_id, kind, target_id, facts) values ('default', 'user', $1, $2)`,
      [id, JSON.stringify(facts)],
    );
  }

  let sent = 0;
  async function disable(playbook: string, user: string): Promise<string> {
    await corridor.sendBody(hostAlert(playbook, `alert-${++sent}`, user));
    await corridor.rest();
    const run = (await corridor.runs()).at(-1);
    const denied = (await corridor.story(run?.id)).find(({ type }) => type === 'guard.denied');
    return denied === undefined ? 'let through' : 'denied';
  }

  it.each([
    ['by login, looked up', 'looked', 'amy'],
    ['by user principal name', 'looked', 'amy@corp.example.test'],
    ['without a look-up, after one that the cloud did not make', 'blindly', 'AMY@corp.example.test'],
    ['without a look-up, by the login that one has told of', 'blindly', 'Amy'],
  ])('are left alone %s', async (_how, playbook, name) => {
    expect(await disable(playbook, name)).toBe('denied');
    const account = await directory.read(`cn=amy,ou=Staff,${suffix}`, ['userAccountControl']);
    expect(account.userAccountControl).toBe('66048');
  });

  it('are not helped by those who are kept out on premises', async () => {
    await know('bob@corp.example.test', 'cloud-bob', 'bob@corp.example.test');
    await know('eli@corp.example.test', 'cloud-eli', 'eli@corp.example.test');
    await know('fin@corp.example.test', 'cloud-fin', 'fin@corp.example.test');
    // Three others can sign in; once Bob is out, two are left, and then one.
    expect(await disable('looked', 'bob')).toBe('let through');
    expect(await disable('looked', 'amy')).toBe('let through');
    expect(await disable('blindly', 'eli@corp.example.test')).toBe('denied');
  });
});
