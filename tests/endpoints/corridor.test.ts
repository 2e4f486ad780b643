import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { HttpSystem } from '../../actions/http/http-system.ts';
import { createRegistry } from '../../actions/registry.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { ActionRegistry } from '../../engine/core/contracts/action.ts';
import { publishPlaybook } from '../../engine/runtime/publish-playbook.ts';
import { undoRun } from '../../engine/runtime/undo-run.ts';
import type { RunId } from '../../schemas/ids.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { type Reply, type Seen, startVendor, type Vendor } from '../actions/support/start-vendor.ts';
import { decide, onlyQuestion, questions } from '../corridor/questions.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';
import { credential, exampleSystem } from './open-endpoints.ts';

/** An alert about an address, a question, the firewall over real HTTP, and all of it taken back. */

let corridor: Corridor;
let firewall: Vendor;
const settings: { [name: string]: string } = { auth: 'bearer' };
let installed: ActionRegistry = createRegistry([exampleSystem()]);
const blocked = new Map<string, string>();
let answer: (request: Seen) => Reply | undefined = () => undefined;

function firewallAnswers(request: Seen): Reply {
  const address = request.path.split('/').at(-1) ?? '';
  const own = answer(request);
  if (own !== undefined) return own;
  if (request.path.startsWith('/api/v1/tickets/')) return { status: 200, json: {} };
  if (request.method === 'POST') {
    const { address: wanted } = JSON.parse(request.body) as { address: string };
    blocked.set(wanted, `rule-${blocked.size + 1}`);
    return { status: 201, json: { rule: { id: blocked.get(wanted) ?? '' } } };
  }
  if (request.method === 'DELETE') return { status: blocked.delete(address) ? 204 : 404 };
  const id = blocked.get(address);
  return id === undefined
    ? { status: 404 }
    : { status: 200, json: { state: 'blocked', list: 'riposte', rule: { id } } };
}

const source = readFileSync(
  join(import.meta.dirname, '../../examples/endpoints/block-attacker.yaml'),
  'utf8',
);

beforeAll(async () => {
  firewall = await startVendor(firewallAnswers);
  settings.url = `${firewall.url}/api`;
  corridor = await openCorridor({
    playbooks: [],
    actions: () => installed,
    connections: [{ id: 'edge', system: 'firewall', settings, secret: async () => credential }],
  });
  await publish();
});
afterAll(async () => {
  await corridor.close();
  await firewall.close();
});
beforeEach(() => {
  firewall.seen.length = 0;
  answer = () => undefined;
});

async function publish(text = source): Promise<void> {
  const published = await publishPlaybook(corridor.engine.parts, {
    source: text,
    file: 'block-attacker.yaml',
    expectedId: null,
    actor: testActor,
    requestId: 'test',
    registry: manifestsOf(installed),
  });
  if (!published.ok) throw new Error(JSON.stringify(published.diagnostics));
}

/** Another process, whose operator has changed the endpoints. */
function install(change: Parameters<typeof exampleSystem>[0]): Promise<void> {
  return corridor.restart(async () => {
    installed = createRegistry([exampleSystem(change) satisfies HttpSystem]);
  });
}

let alerts = 0;
async function attackFrom(address: string): Promise<RunId> {
  await corridor.sendBody({
    source_id: `attack-${++alerts}`,
    title: 'Somebody comes from there',
    severity: 'high',
    category: 'block-attacker',
    created_at: '2026-11-20T03:00:00Z',
    targets: { ips: [{ address }] },
  });
  await corridor.rest();
  return (await corridor.runs()).at(-1)?.id as RunId;
}

async function approve(): Promise<void> {
  const settled = await decide(corridor, await onlyQuestion(corridor), await corridor.person('Bo', ['soc']));
  expect(settled).toMatchObject({ ok: true });
  await corridor.rest();
}

const stateOf = async (run: RunId) => (await corridor.runs()).find(({ id }) => id === run)?.state;
const writes = () => firewall.calls().filter((line) => !line.startsWith('GET') && !line.includes('tickets'));
const argumentsOf = ({ card }: { card: unknown }): JsonObject => {
  const { arguments: given } = card as { arguments: { name: string; value: Json }[] };
  return Object.fromEntries(given.map(({ name, value }) => [name, value]));
};

async function takeBack(runId: RunId): Promise<void> {
  const input = {
    runId,
    steps: null,
    reason: 'a customer',
    actor: testActor,
    personId: null,
    requestId: 'test',
  };
  expect(await undoRun(corridor.engine.parts, input)).toMatchObject({ ok: true });
  await corridor.rest();
}

it('what is sent is shown, signed, sent once and taken back', async () => {
  const run = await attackFrom('203.0.113.7');
  expect(writes()).toEqual([]);
  const asked = await onlyQuestion(corridor);
  expect(asked.card).toMatchObject({
    question: '203.0.113.7 is blocked at the edge firewall, in both directions.',
    targets: [{ kind: 'ip', id: '203.0.113.7', name: null }],
    reversible: true,
    unshowable: null,
  });
  const comment = `Run ${run}`;
  expect(argumentsOf(asked)).toEqual({
    address: '203.0.113.7',
    comment,
    sends: `POST ${firewall.url}/api/v1/blocks`,
    sends_body: { address: '203.0.113.7', comment, list: 'riposte' },
    checks: `GET ${firewall.url}/api/v1/blocks/203.0.113.7`,
    sends_as: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
  });
  await approve();
  expect(await stateOf(run)).toBe('succeeded');
  expect(writes()).toEqual(['POST /api/v1/blocks']);
  expect(JSON.stringify(await corridor.story(run))).not.toContain(credential);
  await takeBack(run);
  expect(writes()).toEqual(['POST /api/v1/blocks', 'DELETE /api/v1/blocks/203.0.113.7']);
  expect(blocked.size).toBe(0);
});

it('what was blocked before is left as it was found', async () => {
  blocked.set('203.0.113.20', 'rule-of-somebody');
  const run = await attackFrom('203.0.113.20');
  await approve();
  expect(await stateOf(run)).toBe('succeeded');
  await takeBack(run);
  expect(writes()).toEqual([]);
  expect(blocked.get('203.0.113.20')).toBe('rule-of-somebody');
});

it('what somebody else has blocked anew meanwhile stays blocked', async () => {
  const run = await attackFrom('203.0.113.23');
  await approve();
  blocked.set('203.0.113.23', 'rule-of-somebody-else');
  await takeBack(run);
  expect(writes()).toEqual(['POST /api/v1/blocks']);
  expect(blocked.get('203.0.113.23')).toBe('rule-of-somebody-else');
});

it('a lost answer is looked after at the target, and never sent blindly again', async () => {
  answer = ({ method, body }) => {
    if (method !== 'POST' || !body.includes('203.0.113.21')) return undefined;
    blocked.set('203.0.113.21', 'rule-lost');
    return 'drop';
  };
  const run = await attackFrom('203.0.113.21');
  await approve();
  expect(await stateOf(run)).toBe('succeeded');
  expect(writes()).toEqual(['POST /api/v1/blocks']);
});

it('a throttled request goes out again with the same key, once the system wants it', async () => {
  let throttled = 0;
  answer = ({ method, body }) =>
    method === 'POST' && body.includes('203.0.113.22') && throttled++ === 0
      ? { status: 429, headers: { 'retry-after': '0' } }
      : undefined;
  await publish(
    source
      .replace('version: 1.0.0', 'version: 1.0.1')
      .replace('    lease:', '    retry: { initial: 1s }\n    lease:'),
  );
  const run = await attackFrom('203.0.113.22');
  await approve();
  await expect.poll(() => stateOf(run), { timeout: 20_000 }).toBe('succeeded');
  const keys = firewall.seen.filter(({ method, body }) => method === 'POST' && body.includes('203.0.113.22'));
  expect(new Set(keys.map(({ headers }) => headers['idempotency-key']))).toHaveLength(1);
  expect(keys).toHaveLength(2);
});

it('a yes to one definition is no yes to another: it is asked anew, with what would go out now', async () => {
  const run = await attackFrom('203.0.113.30');
  const before = await onlyQuestion(corridor);
  await install(({ endpoints }) => {
    const block = endpoints['block-address'];
    if (block === undefined) return;
    block.request.body = { address: '{address}', comment: '{comment}', list: 'everything' };
    // Other words for people are no other action.
    Object.assign(block.arguments.address ?? {}, { description: 'Whom it is about.' });
  });
  await approve();
  expect(writes()).toEqual([]);
  const now = await onlyQuestion(corridor);
  expect(now.digest).not.toBe(before.digest);
  expect(argumentsOf(now).sends_body).toMatchObject({ list: 'everything' });
  expect((await questions(corridor)).find(({ id }) => id === before.id)?.state).toBe('superseded');
  await approve();
  expect(await stateOf(run)).toBe('succeeded');
  const sent = firewall.seen.filter(({ method, path }) => method === 'POST' && path.endsWith('/blocks'));
  expect(sent.map(({ body }) => (JSON.parse(body) as JsonObject).list)).toEqual(['everything']);
});

it('what was done under another definition is looked at where it was, and taken back', async () => {
  const run = (await corridor.runs()).at(-1)?.id as RunId;
  await install(() => undefined);
  await takeBack(run);
  expect(writes()).toEqual(['DELETE /api/v1/blocks/203.0.113.30']);
});

it('another address of the connection is another action as well', async () => {
  const run = await attackFrom('203.0.113.31');
  await corridor.restart(async () => {
    settings.url = `${firewall.url}/other/api`;
  });
  await approve();
  expect(writes()).toEqual([]);
  expect(argumentsOf(await onlyQuestion(corridor)).sends).toBe(`POST ${firewall.url}/other/api/v1/blocks`);
  settings.url = `${firewall.url}/api`;
  await corridor.restart(async () => undefined);
  expect(await stateOf(run)).toBe('waiting');
});

it('an endpoint that became bolder than what was published is not sent by that playbook', async () => {
  for (const asked of await questions(corridor, 'pending'))
    await decide(corridor, asked, await corridor.person('Cy', ['soc']), 'deny');
  await corridor.rest();
  await install(({ endpoints }) => {
    const ticket = endpoints['open-ticket'];
    if (ticket !== undefined)
      Object.assign(ticket, { class: 'restore', byHand: 'Ticket system: is there a ticket of today?' });
  });
  const run = await attackFrom('203.0.113.40');
  expect(await stateOf(run)).toBe('failed');
  expect(firewall.seen).toEqual([]);
  const { rows } = await corridor.database.app.query<{ failure: { code: string; message: string } }>(
    'select failure from steps where run_id = $1 and failure is not null',
    [run],
  );
  expect(rows[0]?.failure).toMatchObject({ code: 'action/invalid-input' });
  expect(rows[0]?.failure.message).toContain('publish it again');
  await publish(source.replace('version: 1.0.0', 'version: 1.0.2'));
  expect(await stateOf(await attackFrom('203.0.113.41'))).toBe('waiting');
  expect(firewall.calls()).toContain('POST /api/v1/tickets/network?from=riposte');
});
