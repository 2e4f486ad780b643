import { expect, it } from 'vitest';
import { destinationOf, objectionToDestination } from '../../engine/core/approval/destination.ts';
import { asLine, noticeText } from '../../engine/core/approval/notice-text.ts';

const tellers = new Set(['chat']);
const object = (text: string, connections: { [system: string]: string[] } | null) =>
  objectionToDestination(text, tellers, connections === null ? null : new Map(Object.entries(connections)));

it.each([
  ['chat:soc-approvals', { chat: ['teams'] }],
  ['chat:emea/soc-approvals', { chat: ['apac', 'emea'] }],
  ['mail:soc@example.test', { smtp: ['relay'] }],
  ['chat:anything', null],
])('%s leads to one connection', (text, connections) => {
  expect(object(text, connections)).toBeNull();
});

it.each([
  ['pager:soc', null, 'nothing tells people through "pager:"'],
  ['edr:soc', { edr: ['emea'] }, 'nothing tells people through "edr:"'],
  ['soc-approvals', null, 'is not of the form'],
  ['mail:nobody', null, 'is not one mail address'],
  ['mail:a@example.test,b@example.test', null, 'is not one mail address'],
  ['mail:"Ann"<a@example.test>', null, 'is not one mail address'],
  ['mail:soc@example.test', { mail: ['lab'] }, 'no connection of the system "smtp" is configured'],
  ['chat:soc', {}, 'no connection of the system "chat" is configured'],
  ['chat:soc', { chat: ['apac', 'emea'] }, 'write chat:apac/soc or another of apac, emea'],
  ['chat:mars/soc', { chat: ['apac'] }, '"mars" is not a connection of the system "chat"; known: apac'],
])('%s with %j does not', (text, connections, says) => {
  expect(object(text, connections)).toContain(says);
});

it('the words before the colon are systems, but for mail', () => {
  expect(destinationOf('chat:emea/soc')).toEqual({
    prefix: 'chat',
    system: 'chat',
    connection: 'emea',
    to: 'soc',
  });
  expect(destinationOf('mail:a.b/c@example.test')).toMatchObject({ system: 'smtp', connection: null });
});

it('a text is one line, and no address in it can be clicked on', () => {
  expect(asLine('a\r\n\t\u2028b\u0000c', 100)).toBe('a b c');
  expect(asLine('see HTTPS://evil.example/x and ftp://a.b', 100)).toBe(
    'see HTTPS[:]//evil[.]example/x and ftp[:]//a[.]b',
  );
  expect(asLine('www.evil.example mailto:a@b.example', 100)).toBe('www[.]evil.example mailto[:]a@b.example');
  expect(asLine('\u202eabc\ud800', 100)).toBe('abc\ufffd');
  expect([...asLine('😀'.repeat(200), 10)]).toHaveLength(10);
});

it('a hundred targets are five names and a number', () => {
  const targets = Array.from({ length: 100 }, (_, n) => ({ kind: 'host', id: `h${n}`, name: null }));
  const card = { question: 'q', why: '', happens: 'h.', targets, reversible: false, stepName: 's' };
  const { lines } = noticeText({ occasion: 'asked', card, playbook: 'p', expiresAtMs: 0 });
  expect(lines).toContain('Target: host h0, host h1, host h2, host h3, host h4 and 95 more');
  expect(lines).toContain('What happens: h. It cannot be undone.');
});
