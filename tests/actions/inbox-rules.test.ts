import { afterEach, describe, expect, test } from 'vitest';
import { judgeRule } from '../../actions/mail/client/judge-rule.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { type Bench, openLab } from './support/open-lab.ts';
import { check, perform } from './support/perform.ts';

const sara = 'sara.lund@contoso.com';

const open: Bench[] = [];
afterEach(async () => {
  for (const bench of open.splice(0)) await bench.close();
});

async function start(): Promise<Bench> {
  const bench = await openLab();
  open.push(bench);
  return bench;
}

describe('the rules of a mailbox', () => {
  test('are judged: mail that leaves the company, mail that is hidden, words about money', async () => {
    const bench = await start();
    const outcome = await perform(bench.action('mail.list-rules'), bench.context(), { mailbox: sara });
    if (outcome.kind !== 'succeeded') throw new Error(JSON.stringify(outcome));
    expect(outcome.outputs.suspicious).toMatchObject([
      { rule: `${sara}/AQAAAJ5dZqA=`, name: '..', signs: ['forwards-outside', 'watches-money-or-security'] },
      { rule: `${sara}/AQAAAJ5dZqB=`, signs: ['hides-mail', 'watches-money-or-security'] },
    ]);
    expect(outcome.outputs.rules).toHaveLength(4);
    expect(outcome.outputs.beyond_reach).toBe(1);
  });

  test('that send to a domain of our own are not suspicious', async () => {
    const bench = await start();
    const outcome = await perform(bench.action('mail.list-rules'), bench.context(), {
      mailbox: sara,
      own_domains: ['Mailbox.Example.com'],
    });
    if (outcome.kind !== 'succeeded') throw new Error(JSON.stringify(outcome));
    expect(outcome.outputs).toMatchObject({ beyond_reach: 0 });
    expect((outcome.outputs.suspicious as JsonObject[]).map((rule) => rule.signs)).not.toContainEqual(
      expect.arrayContaining(['forwards-outside']),
    );
  });

  test('of somebody without any are an empty list', async () => {
    const bench = await start();
    expect(
      await perform(bench.action('mail.list-rules'), bench.context(), { mailbox: 'erik.holm@contoso.com' }),
    ).toMatchObject({ outputs: { rules: [], suspicious: [], beyond_reach: 0 } });
  });
});

test.each([
  ['an honest filing rule', { removes: true }, []],
  ['a copy to the deputy', { sendsTo: ['deputy@contoso.com'] }, []],
  ['a rule that only looks for invoices', { looksFor: ['invoice'] }, []],
  ['filing of invoices', { removes: true, looksFor: ['invoice'] }, ['watches-money-or-security']],
  ['mail that is read before it is seen', { removes: true, marksRead: true }, ['hides-mail']],
  ['a subdomain of ours', { sendsTo: ['x@contoso.com.evil.example'] }, ['forwards-outside']],
])('%s is judged', (_what, part, signs) => {
  const rule = {
    id: '1',
    name: '',
    enabled: true,
    readOnly: false,
    sendsTo: [],
    removes: false,
    marksRead: false,
    looksFor: [],
    ...part,
  };
  expect(judgeRule(rule, new Set(['contoso.com']))).toEqual(signs);
});

describe('disabling a rule', () => {
  const input = { rule: `${sara}/AQAAAJ5dZqA=` };

  test('keeps it, and enabling gives it back', async () => {
    const bench = await start();
    expect(await perform(bench.action('mail.disable-rule'), bench.context(), input)).toMatchObject({
      kind: 'succeeded',
      changed: true,
      outputs: { enabled: false, name: '..' },
    });
    expect(bench.estate.user(sara).rules[0]).toMatchObject({ isEnabled: false, displayName: '..' });
    expect(await perform(bench.action('mail.disable-rule'), bench.context(), input)).toMatchObject({
      changed: false,
    });
    await perform(bench.action('mail.enable-rule'), bench.context(), input);
    expect(bench.estate.user(sara).rules[0]).toMatchObject({ isEnabled: true });
    expect(bench.estate.effect('rule-disabled', `rule:${sara}/AQAAAJ5dZqA=`)).toMatchObject({
      applied: 1,
      released: 1,
      repeats: 0,
    });
  });

  test('of the same id in another mailbox touches only that mailbox', async () => {
    const bench = await start();
    await perform(bench.action('mail.disable-rule'), bench.context(), {
      rule: 'maria.lind@contoso.com/AQAAAJ5dZqA=',
    });
    expect(bench.estate.user(sara).rules[0]?.isEnabled).toBe(true);
    expect(bench.estate.user('maria.lind@contoso.com').rules[0]?.isEnabled).toBe(false);
  });

  test('whose answer was lost is read', async () => {
    const bench = await start();
    bench.estate.addFault({ method: 'PATCH', path: '*', does: { kind: 'apply-then-drop' } });
    expect(await perform(bench.action('mail.disable-rule'), bench.context(), input)).toMatchObject({
      kind: 'unknown',
    });
    expect(await check(bench.action('mail.disable-rule'), bench.context(), input)).toMatchObject({
      kind: 'present',
    });
    expect(await check(bench.action('mail.enable-rule'), bench.context(), input)).toMatchObject({
      kind: 'absent',
    });
  });

  test.each([
    ['a rule that Graph cannot change', `${sara}/AQAAAJ5dZqD=`, 'unsupported-target'],
    ['a rule that is gone', `${sara}/AQAAAAAA`, 'not-found'],
    ['a key without a mailbox', 'AQAAAJ5dZqA=', 'invalid-request'],
    ['a key that climbs', `${sara}/../../messages`, 'invalid-request'],
    ['a mailbox with a path', 'sara/messages/AQAAAJ5dZqA=', 'invalid-request'],
  ])('is refused for %s', async (_what, rule, code) => {
    const bench = await start();
    const outcome = await perform(bench.action('mail.disable-rule'), bench.context(), { rule });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code } });
    expect(bench.estate.calls().filter((call) => call.method === 'PATCH')).toEqual([]);
  });
});
