import { describe, expect, test } from 'vitest';
import type { Lab } from '../../examples/lab/start-lab.ts';
import { call, startTestLab } from './lab-client.ts';

function message(text: string, card: object = {}) {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          type: 'AdaptiveCard',
          version: '1.4',
          body: [{ type: 'TextBlock', text, wrap: true }],
          ...card,
        },
      },
    ],
  };
}

function post(lab: Lab, channel: string, body: unknown) {
  return call(`${lab.url}/chat/webhook/${encodeURIComponent(channel)}`, { method: 'POST', body });
}

describe('a webhook', () => {
  test('takes an Adaptive Card with 202 and shows its text in the channel', async () => {
    const lab = await startTestLab();
    expect((await post(lab, 'soc', message('ws-0117 is isolated.'))).status).toBe(202);
    expect(lab.estate.messages('soc')).toMatchObject([{ channel: 'soc', text: 'ws-0117 is isolated.' }]);
    expect(lab.estate.messages('soc-urgent')).toEqual([]);
  });

  test('reads facts and columns too', async () => {
    const lab = await startTestLab();
    const body = [
      { type: 'TextBlock', text: 'Isolate db-1?' },
      { type: 'FactSet', facts: [{ title: 'Owner', value: 'Hospital' }] },
      { type: 'ColumnSet', columns: [{ items: [{ type: 'TextBlock', text: 'left' }] }] },
    ];
    await post(lab, 'soc-approvals', message('', { body }));
    expect(lab.estate.messages()[0]?.text).toBe('Isolate db-1?\nOwner: Hospital\nleft');
  });

  test('reaches a person by user principal name', async () => {
    const lab = await startTestLab();
    expect((await post(lab, 'user:ola.nyman@contoso.com', message('x'))).status).toBe(202);
    expect((await post(lab, 'user:nobody@contoso.com', message('x'))).status).toBe(404);
  });

  test('counts the same text twice in one channel as a duplicate', async () => {
    const lab = await startTestLab();
    await post(lab, 'soc', message('once'));
    await post(lab, 'soc-urgent', message('once'));
    expect(lab.estate.effects().totals).toMatchObject({ applied: 2, duplicates: 0 });
    await post(lab, 'soc', message('once'));
    const digest = lab.estate.messages('soc')[0]?.digest;
    expect(lab.estate.effect('message-posted', `channel:soc#${digest}`)).toMatchObject({
      applied: 2,
      duplicates: 1,
    });
  });

  test('that nobody made is 404', async () => {
    const lab = await startTestLab();
    expect((await post(lab, 'nowhere', message('x'))).status).toBe(404);
    expect((await call(`${lab.url}/chat/webhook/soc`)).status).toBe(405);
  });

  const card = message('x').attachments[0]?.content;
  test.each([
    ['a plain text', { text: 'hello' }],
    ['the retired MessageCard', { '@type': 'MessageCard', text: 'hello' }],
    ['no attachment', { type: 'message', attachments: [] }],
    [
      'two attachments',
      { type: 'message', attachments: [...message('x').attachments, ...message('y').attachments] },
    ],
    ['a card without envelope', card],
    [
      'another content type',
      { type: 'message', attachments: [{ contentType: 'application/json', content: card }] },
    ],
    ['a card without version', message('x', { version: undefined })],
    ['a card without body', message('x', { body: [] })],
    ['a card that says nothing', message(' ')],
    ['an element that is none', message('x', { body: [{ type: 'Text', text: 'x' }] })],
    ['an unknown property', { ...message('x'), channel: 'soc' }],
  ])('refuses %s with 400 and posts nothing', async (_what, body) => {
    const lab = await startTestLab();
    expect((await post(lab, 'soc', body)).status).toBe(400);
    expect(lab.estate.messages()).toEqual([]);
  });

  test('refuses more than 28 KB', async () => {
    const lab = await startTestLab();
    expect((await post(lab, 'soc', message('x'.repeat(28 * 1024)))).status).toBe(413);
  });
});
