import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostAlert, isolateStep, madePlaybook, until, ws0117 } from '../corridor/questions.ts';
import { openWholeProcess, type WholeProcess } from '../support/whole-process.ts';

/* T14: a field of an alert is huge, deep, NUL, half a character, or a name that JavaScript gives a meaning. */

let whole: WholeProcess;
let token: string;
beforeAll(async () => {
  whole = await openWholeProcess();
  const ola = await whole.person('ola', ['operator']);
  token = (await whole.service('siem', ['analyst'])).secret;
  const yaml = { 'content-type': 'application/yaml' };
  const source = madePlaybook('beside', isolateStep);
  expect(await whole.call('PUT', '/v1/playbooks/beside/versions', ola.token, source, yaml)).toMatchObject({
    status: 200,
  });
});
afterAll(() => whole.close());

const send = (body: unknown) => whole.call('POST', '/v1/alerts?source=edr', token, body);
const count = async (where: string, ...values: string[]) =>
  Number(
    (await whole.database.app.query<{ n: string }>(`select count(*) as n from alerts where ${where}`, values))
      .rows[0]?.n,
  );

/** As text: what JSON.stringify would mend or lose stays as an attacker writes it. */
const written = (field: string) =>
  `{"source_id":"bad","title":"t","severity":"high","created_at":"2026-11-20T03:00:00Z",${field}}`;
const many = (n: number, one: (n: number) => string) => Array.from({ length: n }, (_, at) => one(at)).join();

const attacks: [string, string | Uint8Array, number, RegExp][] = [
  ['a megabyte in one field', written(`"description":"${'x'.repeat(1_100_000)}"`), 413, /request.too-large/],
  ['a category beyond its length', written(`"category":"${'x'.repeat(100_000)}"`), 400, /category/],
  ['an id beyond its length', written(`"incident":{"id":"${'x'.repeat(100_000)}"}`), 400, /\/incident\/id/],
  ['a hundred thousand levels', written(`"raw":${'['.repeat(1e5)}${']'.repeat(1e5)}`), 400, /nested deeper/],
  ['levels that never close', written(`"raw":${'{"a":'.repeat(1e5)}`), 400, /nested deeper/],
  ['too many keys', written(`"raw":{${many(11_000, (n) => `"k${n}":0`)}}`), 400, /keys/],
  ['a NUL', written('"description":"a\\u0000b"'), 400, /U\+0000/],
  ['a NUL in a key of the original', written('"raw":{"x":[{"\\u0000":1}]}'), 400, /U\+0000/],
  ['half a character', written('"description":"\\ud800"'), 400, /surrogate/],
  [
    'the other half, in a target',
    written('"targets":{"hosts":[{"id":"\\udc00","name":"n"}]}'),
    400,
    /surrog/,
  ],
  ['bytes that are no text', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 400, /UTF-8/],
  ['__proto__', written('"__proto__":{"severity":"low","polluted":true}'), 400, /__proto__/],
  ['__proto__, escaped and deep', written('"raw":[{"\\u005f_proto__":{"polluted":true}}]'), 400, /__proto__/],
  ['constructor.prototype', written('"raw":{"constructor":{"prototype":{"polluted":true}}}'), 400, /constr/],
  ['one key twice', written('"severity":"low"'), 400, /severity.*twice/],
  ['a list for a text', written('"category":["malware"]'), 400, /\/category/],
  ['an object for a list', written('"targets":{"hosts":{"length":1e9}}'), 400, /\/targets\/hosts/],
  ['a number without end', written('"confidence":1e999'), 400, /\/confidence/],
];

describe('beside alerts of the same instant, each is refused with its place and leaves no alert', () => {
  it.each(attacks)('%s', async (what, body, status, place) => {
    const beside = (n: number) => ({ ...hostAlert('other', `beside ${what} ${n}`, ws0117) });
    const answers = await Promise.all([
      send(beside(1)),
      send(body),
      send(beside(2)),
      send(body),
      send(beside(3)),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual([202, status, 202, status, 202]);
    expect(JSON.stringify(answers[1]?.body)).toMatch(place);
    // What was sent does not come back at whoever reads the refusal.
    expect(JSON.stringify(answers[1]?.body).length).toBeLessThan(4_000);
    expect(await count("source_id = 'bad'")).toBe(0);
    expect(await count('source_id like $1', `beside ${what} %`)).toBe(3);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

it('what is odd and can be stored is stored as it was, names of JavaScript included, and hurts no run', async () => {
  const odd = '\u0001\u007f\u202e\ufffe\uffff😀\u2028 ../../etc/passwd %00 \\u0000';
  const raw = {
    hasOwnProperty: 1,
    toString: odd,
    then: { length: -1 },
    toJSON: null,
    [odd]: [odd, '9'.repeat(400), 1e308, -0.1],
    deep: JSON.parse('['.repeat(20) + ']'.repeat(20)),
    long: '\u{1F600}'.repeat(100_000),
  };
  const body = { ...hostAlert('beside', 'odd', ws0117), title: odd.slice(0, 200), description: odd, raw };
  const sent = await send(body);
  expect(sent.status, JSON.stringify(sent.body)).toBe(202);
  const lab = whole.lab.estate;
  await until(async () => lab.effect('network-isolated', `host:${ws0117}`).applied === 1);
  const read = await whole.call('GET', `/v1/alerts/${sent.body.id}`, token);
  expect(read).toMatchObject({ status: 200, body: { title: body.title, alert: { description: odd } } });
  const { rows } = await whole.database.app.query('select raw from alerts where id = $1', [sent.body.id]);
  expect(rows).toEqual([{ raw }]);
  const text = JSON.stringify(await whole.call('GET', '/v1/alerts?limit=100', token));
  expect(text.length).toBeLessThan(200_000);
});

it('after all that the same process still answers, and every refusal of an alert by its fields is an entry', async () => {
  expect((await whole.call('GET', '/healthz', '')).status).toBe(200);
  expect(await count("state = 'accepted' or state = 'matched'")).toBe(attacks.length * 3 + 1);
  await until(async () => (await count("state = 'accepted'")) === 0);
  const refused = (await whole.entries()).filter(({ type }) => type === 'alert.refused');
  // A number without end is refused at the door, as what no text can be read from.
  expect(refused.length).toBeGreaterThanOrEqual(2 * 4);
  for (const entry of refused) expect(entry).toMatchObject({ code: 'request/invalid' });
});
