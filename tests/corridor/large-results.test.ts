import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Json } from '../../schemas/json.ts';
import { type Api, startApi } from '../api/start-api.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { forWholeAlert, hostAlert } from './questions.ts';

/* What a loop or a called playbook gives and its step cannot hold is there for people, as a target's answer is. */

let corridor: Corridor;
let api: Api;
let analyst: string;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
  corridor.lab.estate.reset({ crowd: { hosts: 0, users: 0, mails: 2500 } });
  api = await startApi({}, undefined, corridor.database);
  analyst = (await api.person('Ann', ['analyst'])).token;
});
afterAll(() => corridor.close());

/** Some 200 KiB. */
const search = (id: string, mask = '') => `      - id: ${id}
        action: mail.search-messages
        with: { sender: bulk@bulk.example.com, subject: Crowd campaign, received_within: 30d, limit: 1500 }
${mask}`;

const rounds = (mask = '') => `  - id: poll
    repeat: { until: steps.one.status == "succeeded", max: 2, every: 1s }
    steps:
${search('one', mask)}${search('two')}outputs:
  found: \${{ size(steps.poll.outputs.?last.orValue({})) }}
`;

interface Failed {
  state: string;
  failure: { code: string; message: string };
}

interface Kept {
  run: string;
  step: string;
  attempt: string | null;
  sha256: string;
  body: { [name: string]: Json };
}

/** Starts it, and reads over the API what its one step failed with and what is kept beside it. */
async function fails(id: string, step: string, text: string, like = hostAlert(id, id, 'x')) {
  await corridor.publish(text);
  await corridor.sendBody(like);
  await corridor.rest();
  const run = (await corridor.runs()).find(({ playbook_id }) => playbook_id === id)?.id ?? '';
  const get = async (path: string) => (await api.call('get', path, { token: analyst })).body;
  const steps: (Failed & { path: string })[] = (await get(`/v1/runs/${run}/steps`)).items;
  const { items } = await get(`/v1/runs/${run}/artifacts`);
  expect(items).toHaveLength(1);
  const failed = steps.find(({ path }) => path === step);
  expect(failed?.failure).toMatchObject({
    code: 'run/output-too-large',
    message: expect.stringContaining(`; all of it is ${items[0].id} (${items[0].sha256})`),
  });
  const kept: Kept = { ...items[0], body: await get(`/v1/artifacts/${items[0].id}`) };
  expect(kept).toMatchObject({ run, step, attempt: null });
  return { run, kept };
}

it('of a loop: what each item gave, in the order of the list, and the entry of its end names it', async () => {
  const steps = `  - id: sweep
    foreach: alert.targets.hosts
    as: host
    key: host.id
    max_items: 50
    steps:
      - id: tell
        action: chat.post-message
        with: { channel: soc, text: "\${{ host.id }}" }
    collect: "\${{ {'host': host.id, 'text': alert.description} }}"
`;
  const hosts = Array.from({ length: 40 }, (_, n) => ({ id: String(n).padStart(40, 'a'), name: `h${n}` }));
  const alert = {
    ...hostAlert('heaping', 'heaping', 'x'),
    targets: { hosts },
    description: '\u202e"ü'.repeat(2_000),
  };
  const { run, kept } = await fails('heaping', 'run/sweep', forWholeAlert('heaping', steps), alert);
  expect(kept.body).toMatchObject({ summary: { total: 40, succeeded: 40 } });
  expect(kept.body.collected).toEqual(hosts.map(({ id }) => ({ host: id, text: alert.description })));
  const { rows } = await corridor.database.owner.query<{ body: Buffer; size: number }>(
    'select body, size from artifacts where run_id = $1',
    [run],
  );
  const body = rows[0]?.body ?? Buffer.alloc(0);
  expect(rows[0]?.size).toBe(body.length);
  expect(`sha256:${createHash('sha256').update(body).digest('hex')}`).toBe(kept.sha256);
  const ends = (await corridor.story(run)).filter(({ type }) => type === 'loop.finished');
  expect(JSON.stringify(ends)).toContain(kept.sha256);
}, 60_000);

it('of a round: the outputs of its steps', async () => {
  const { kept } = await fails('rounds', 'run/poll', forWholeAlert('rounds', rounds()));
  const { one, two } = kept.body.last as { one: { messages: Json[] }; two: { messages: Json[] } };
  expect([one.messages.length, two.messages.length]).toEqual([1_500, 1_500]);
}, 60_000);

it('what a step inside hides is hidden in it', async () => {
  const { kept } = await fails(
    'masked-rounds',
    'run/poll',
    forWholeAlert('masked-rounds', rounds('        mask: [messages]\n')),
  );
  const { one, two } = kept.body.last as {
    one: { messages: { id: string }[] };
    two: { messages: { id: string }[] };
  };
  expect(one.messages[0]?.id).toBe('[masked]');
  expect(two.messages[0]?.id).not.toBe('[masked]');
}, 60_000);

it('of a called playbook: what it gave, with the run that called it', async () => {
  await corridor.publish(
    forWholeAlert(
      'giving',
      `${search('one').replaceAll(/^ {4}/gm, '')}${search('two').replaceAll(/^ {4}/gm, '')}outputs:
  found: \${{ steps.one.outputs.?messages.orValue([]) + steps.two.outputs.?messages.orValue([]) }}
`,
    ),
  );
  const { kept } = await fails(
    'calling',
    'run/inner',
    forWholeAlert('calling', '  - id: inner\n    call: giving\n    with: { host_id: x }\n'),
  );
  expect(kept.body.found).toHaveLength(3_000);
}, 60_000);

it('a loop that gives more than a run keeps fails without, and says how much it was', async () => {
  const { owner } = corridor.database;
  const steps = `  - id: sweep
    foreach: alert.targets.hosts
    as: host
    key: host.id
    max_items: 300
    steps:
      - id: tell
        action: chat.post-message
        with: { channel: soc, text: "\${{ host.id }}" }
    collect: \${{ [alert.description, alert.description, alert.description] }}
`;
  const hosts = Array.from({ length: 200 }, (_, n) => ({ id: String(n).padStart(40, 'b'), name: `h${n}` }));
  await corridor.publish(forWholeAlert('too-much', steps));
  await corridor.sendBody({
    ...hostAlert('too-much', 'too-much', 'x'),
    targets: { hosts },
    description: 'x'.repeat(30_000),
  });
  await corridor.rest();
  const { rows } = await owner.query(
    `select failure->>'message' as message, (select count(*)::int from artifacts a where a.run_id = s.run_id) as kept
     from steps s where path = 'run/sweep' and run_id in (select id from runs where playbook_id = 'too-much')`,
  );
  expect(rows).toEqual([
    {
      message: expect.stringMatching(/^what the items gave has 18\d{6} bytes; at most 262144 are kept$/),
      kept: 0,
    },
  ]);
}, 60_000);
