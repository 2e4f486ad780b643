import { afterEach, describe, expect, test } from 'vitest';
import type { Scenario } from '../../examples/lab/scenario.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { type Bench, openLab } from './support/open-lab.ts';
import { check, confirm, perform, performToTheEnd } from './support/perform.ts';

const open: Bench[] = [];
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close();
});

async function start(scenario: Partial<Scenario> = {}): Promise<Bench> {
  const bench = await openLab(scenario);
  open.push(bench);
  return bench;
}

const advancing = (bench: Bench) => () => bench.estate.advance(400);
const outputsOf = (outcome: { kind: string; outputs?: JsonObject }): JsonObject => {
  if (outcome.outputs === undefined) throw new Error(JSON.stringify(outcome));
  return outcome.outputs;
};

describe('accounts', () => {
  test('a synchronised account is refused, and the estate never saw a write', async () => {
    const bench = await start();
    const outcome = await perform(bench.action('directory.disable-user'), bench.context(), {
      user_id: 'jonas.berg@contoso.com',
    });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'synced-user', kind: 'terminal' } });
    expect(bench.estate.calls().filter((call) => call.method === 'PATCH')).toEqual([]);
    expect(bench.estate.user('jonas.berg@contoso.com').accountEnabled).toBe(true);
  });

  test('an account that was synchronised once is disabled for good', async () => {
    const bench = await start();
    const outcome = await perform(bench.action('directory.disable-user'), bench.context(), {
      user_id: 'maria.lind@contoso.com',
    });
    expect(outcome).toMatchObject({
      kind: 'succeeded',
      changed: true,
      outputs: { display_name: 'Maria Lind', synced: false },
    });
    bench.estate.advance(60_000);
    expect(bench.estate.user('maria.lind@contoso.com').accountEnabled).toBe(false);
  });

  test('an account that was disabled before is found so', async () => {
    const bench = await start();
    const input = { user_id: 'former.employee@contoso.com' };
    expect(await check(bench.action('directory.disable-user'), bench.context(), input)).toMatchObject({
      kind: 'present',
    });
    expect(await perform(bench.action('directory.disable-user'), bench.context(), input)).toMatchObject({
      changed: false,
    });
  });

  test.each(['emergency-01@contoso.com', 'ivan.roos@contoso.com'])(
    '%s is protected by a role: forbidden',
    async (user) => {
      const bench = await start();
      const outcome = await perform(bench.action('directory.disable-user'), bench.context(), {
        user_id: user,
      });
      expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'forbidden', kind: 'terminal' } });
      expect(bench.estate.user(user).accountEnabled).toBe(true);
    },
  );

  test('the sessions of a guest are revoked, with the # of the name encoded', async () => {
    const bench = await start();
    const guest = 'petra.quist_audit.example.com#EXT#@contoso.com';
    const outcome = await perform(bench.action('directory.revoke-sessions'), bench.context(), {
      user_id: guest,
    });
    expect(outcome).toMatchObject({ kind: 'succeeded', outputs: { revoked: true } });
    expect(bench.estate.user(guest).effects['sessions-revoked'].applied).toBe(1);
  });

  test('revoking twice is two revocations and no harm', async () => {
    const bench = await start();
    const revoke = () =>
      perform(bench.action('directory.revoke-sessions'), bench.context(), {
        user_id: 'maria.lind@contoso.com',
      });
    expect([(await revoke()).kind, (await revoke()).kind]).toEqual(['succeeded', 'succeeded']);
  });

  test.each<[string, object]>([
    [
      'maria.lind@contoso.com',
      {
        is_privileged: false,
        roles: [],
        tags: [],
        manager: 'ola.nyman@contoso.com',
        title: 'Production planner',
        enabled: true,
        synced: false,
      },
    ],
    ['jonas.berg@contoso.com', { synced: true, manager: 'sara.lund@contoso.com' }],
    ['karin.ek@contoso.com', { tags: ['vip'], is_privileged: false }],
    ['emergency-01@contoso.com', { tags: ['break-glass'], is_privileged: true }],
    ['t1-admin@contoso.com', { is_privileged: true }],
    ['ivan.roos@contoso.com', { is_privileged: true, roles: ['Helpdesk Administrator'] }],
    ['former.employee@contoso.com', { enabled: false }],
  ])('%s is looked up', async (user, expected) => {
    const bench = await start();
    const outcome = await perform(bench.action('directory.get-user'), bench.context(), { user_id: user });
    expect(outcome).toMatchObject({ kind: 'succeeded', outputs: { upn: user, ...expected } });
  });

  test('somebody without a manager has none in the outputs', async () => {
    const bench = await start();
    const outcome = await perform(bench.action('directory.get-user'), bench.context(), {
      user_id: 'karin.ek@contoso.com',
    });
    expect(Object.hasOwn(outputsOf(outcome), 'manager')).toBe(false);
  });
});

describe('hosts', () => {
  test.each<[string, object]>([
    [
      'ws-0117.contoso.com',
      {
        role: 'workstation',
        criticality: 'normal',
        users: ['maria.lind'],
        owner: 'Production',
        onboarding: 'onboarded',
        health: 'active',
      },
    ],
    ['fs-01.contoso.com', { role: 'server' }],
    ['web-01.contoso.com', { role: 'server' }],
    ['db-1.contoso.com', { role: 'server' }],
    ['cam-17.contoso.com', { role: 'unknown' }],
  ])('%s is looked up by id and by name', async (name, expected) => {
    const bench = await start();
    const { id } = bench.estate.host(name).machine;
    for (const hostId of [id, name]) {
      const outcome = await perform(bench.action('inventory.get-host'), bench.context(), { host_id: hostId });
      expect(outcome).toMatchObject({ kind: 'succeeded', outputs: { id, name, ...expected } });
    }
  });

  test('a domain controller shows the tag that guards look for', async () => {
    const bench = await start();
    const outcome = await perform(bench.action('inventory.get-host'), bench.context(), {
      host_id: 'dc-01.contoso.com',
    });
    expect(outputsOf(outcome).tags).toContain('domain-controller');
  });
});

describe('mails', () => {
  const sender = 'billing@invoices.example.com';

  async function campaign(bench: Bench, more: JsonObject = {}): Promise<JsonObject> {
    return outputsOf(
      await perform(bench.action('mail.search-messages'), bench.context(), { sender, ...more }),
    );
  }

  test('a campaign is found in all mailboxes, over as many pages as it takes', async () => {
    const whole = await campaign(await start());
    const copies = whole.messages as JsonObject[];
    expect(copies.length).toBeGreaterThan(5);
    expect(whole).toMatchObject({ complete: true, link_domains: ['portal.invoices.example.com'] });
    const inPages = await campaign(await start({ mailPageSize: 2 }));
    expect((inPages.messages as JsonObject[]).map((one) => one.id)).toEqual(copies.map((one) => one.id));
    const limited = await campaign(await start({ mailPageSize: 2 }), { limit: 3 });
    expect(limited.messages).toHaveLength(3);
    expect(limited.complete).toBe(false);
  });

  test('subject and window narrow it', async () => {
    const bench = await start();
    const whole = (await campaign(bench)).messages as JsonObject[];
    const first = whole[0];
    const same = (await campaign(bench, { subject: String(first?.subject).toUpperCase() }))
      .messages as JsonObject[];
    expect(same.length).toBe(whole.filter((one) => one.subject === first?.subject).length);
    bench.estate.advance(8 * 24 * 60 * 60 * 1000);
    expect((await campaign(bench)).messages).toEqual([]);
    const wider = (await campaign(bench, { received_within: '30d' })).messages as JsonObject[];
    expect(wider.map((one) => one.id)).toEqual(expect.arrayContaining(whole.map((one) => one.id)));
  });

  test('one message is found by its network message id, in one mailbox if asked', async () => {
    const bench = await start();
    const id = 'bdac2a9b-0174-5c32-acbf-a93dc5a2cbaf';
    const search = bench.action('mail.search-messages');
    const all = outputsOf(await perform(search, bench.context(), { network_message_id: id }));
    expect(all).toMatchObject({ mailbox_count: 2 });
    const one = outputsOf(
      await perform(search, bench.context(), { network_message_id: id, recipient: 'Maria.Lind@contoso.com' }),
    );
    expect(one).toMatchObject({ mailbox_count: 1 });
  });

  const input = {
    message_id: 'bdac2a9b-0174-5c32-acbf-a93dc5a2cbaf-1363827335374423-1',
    mailbox: 'maria.lind@contoso.com',
  };

  test('a copy goes into quarantine and comes back', async () => {
    const bench = await start();
    const taken = await performToTheEnd(
      bench.action('mail.quarantine-message'),
      bench.context(),
      input,
      advancing(bench),
    );
    expect(taken).toMatchObject({
      kind: 'succeeded',
      changed: true,
      outputs: { location: 'quarantine', previous_location: 'inbox' },
    });
    expect(bench.estate.mail(input.message_id).place).toBe('quarantine');
    expect(outputsOf(taken).bulk_id).toMatch(/^[0-9a-f-]{36}$/);
    const back = await performToTheEnd(
      bench.action('mail.release-message'),
      bench.context(),
      input,
      advancing(bench),
    );
    expect(back).toMatchObject({ kind: 'succeeded', changed: true, outputs: { location: 'inbox' } });
    expect(bench.estate.mail(input.message_id).place).toBe('inbox');
  });

  test('a copy that does not move is never reported as moved', async () => {
    const bench = await start({ mailRemediation: 'stays' });
    const action = bench.action('mail.quarantine-message');
    let outcome = await perform(action, bench.context(), input);
    for (let polls = 0; polls < 5 && outcome.kind === 'accepted'; polls += 1) {
      bench.estate.advance(60 * 60 * 1000);
      outcome = await confirm(action, bench.context(), input, outcome.handle);
    }
    expect(outcome.kind).toBe('accepted');
  });

  test('mail that was never delivered is out of reach', async () => {
    const bench = await start();
    const unreachable = bench.estate.state().mails.filter((mail) => mail.place === 'unreachable');
    expect(unreachable.length).toBeGreaterThan(0);
    for (const mail of unreachable) {
      const outcome = await perform(bench.action('mail.quarantine-message'), bench.context(), {
        message_id: mail.id,
        mailbox: mail.recipient,
      });
      expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'unsupported-target' } });
    }
  });
});

describe('messages', () => {
  test('arrive in the channel and at the person, as typed', async () => {
    const bench = await start();
    const action = bench.action('chat.post-message');
    const text = 'ws-0117 is isolated. [not a link](https://evil.example)';
    expect((await perform(action, bench.context(), { channel: 'soc-urgent', text })).kind).toBe('succeeded');
    expect(
      (await perform(action, bench.context(), { user: 'ola.nyman@contoso.com', text: 'Please call.' })).kind,
    ).toBe('succeeded');
    expect(bench.estate.messages().map((message) => [message.channel, message.text])).toEqual([
      ['soc-urgent', 'ws-0117 is isolated. \\[not a link\\]\\(https://evil.example\\)'],
      ['user:ola.nyman@contoso.com', 'Please call.'],
    ]);
  });

  test('of the greatest length fit what a webhook takes, whatever they are made of', async () => {
    const bench = await start();
    for (const unit of ['\\', '*', 'a\n', '漢', '漢\n', '😀', '"']) {
      const text = unit.repeat(6000).slice(0, 6000);
      const outcome = await perform(bench.action('chat.post-message'), bench.context(), {
        channel: 'soc',
        text,
      });
      expect([unit, outcome.kind]).toEqual([unit, 'succeeded']);
    }
  });
});

describe('comments', () => {
  test('stand at the incident once, also when it had some before', async () => {
    const bench = await start();
    const action = bench.action('incident.add-comment');
    const input = { incident_id: '2972402', text: '7 mails quarantined.' };
    const context = bench.context({ actionKey: 'key1' });
    await perform(action, context, input);
    await perform(action, context, input);
    const incident = bench.estate.state().incidents.find((one) => one.id === '2972402');
    const comments = incident?.comments as JsonObject[];
    expect(comments.map((one) => one.comment)).toEqual([
      'Mail removal started by playbook run 118.',
      '7 mails quarantined.\n[riposte key1]',
    ]);
  });
});
