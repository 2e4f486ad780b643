import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultTenant } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { hostAlert, madePlaybook, ws0117 } from './questions.ts';

/* A wait that is entered in the middle of a storm looks back at alerts (language reference 9.5, wait). */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [] });
});
afterAll(() => corridor.close());

const noise = (many: number) =>
  corridor.database.owner.query(
    `insert into alerts (tenant_id, id, source, source_id, title, severity, category, alert, state)
     select $1, 'alr_noise' || n, 'noise', n::text, 'Noise', 'low', 'noise',
       json_build_object('id', 'alr_noise' || n, 'title', 'Noise', 'incident', json_build_object('id', ''),
         'targets', json_build_object('hosts', json_build_array(json_build_object('id', 'h' || n)))), 'matched'
     from generate_series(1, $2::int) n on conflict do nothing`,
    [defaultTenant, many],
  );

/** Starts a run that waits for another alert; tells by which one it went on, and what was written of it. */
async function hear(id: string, match: string) {
  const wait = `  - id: heard
    wait: { for: alert.created, match: ${JSON.stringify(match)}, timeout: 1d, on_timeout: continue }
`;
  const outputs = `outputs:
  heard: \${{ steps.heard.outputs.?signal.?alert.?source_id.orValue("nothing") }}
`;
  await corridor.publish(madePlaybook(id, wait + outputs));
  await corridor.sendBody({ ...hostAlert(id, `${id}-own`, ws0117), incident: { id: 'of-its-own' } });
  await corridor.rest();
  const { rows } = await corridor.database.owner.query<{ id: string; state: string; outputs: unknown }>(
    'select id, state, outputs from runs where playbook_id = $1',
    [id],
  );
  const [run] = rows;
  if (run === undefined) throw new Error(`nothing started ${id}`);
  const ignored = (await corridor.story(run.id)).filter(({ type }) => type === 'run.event-ignored');
  return { state: run.state, outputs: run.outputs, ignored: ignored.length };
}

const send = (sourceId: string, host: string, incident: string) =>
  corridor.sendBody({ ...hostAlert('other', sourceId, host), incident: { id: incident } });

it('page by page, up to the first that matches, and nothing is written of the others', async () => {
  await send('first', 'wanted-1', 'i-1');
  await noise(450);
  await send('second', 'wanted-2', 'i-2');
  await send('third', 'wanted-3', 'i-3');
  const wanted = 'signal.alert.targets.hosts.exists(h, h.id.startsWith("wanted"))';
  expect(await hear('by-trial', `${wanted} && signal.alert.source_id != "first"`)).toEqual({
    state: 'succeeded',
    outputs: { heard: 'second' },
    ignored: 0,
  });
  expect(await hear('by-none', 'signal.alert.title == run.id')).toMatchObject({
    state: 'waiting',
    ignored: 0,
  });
  // The noise says nothing of its source: that cannot be read, hundreds of times, and is written down once.
  expect(
    await hear('unreadable', 'signal.alert.source == "tests" && signal.alert.category == "no"'),
  ).toMatchObject({
    state: 'waiting',
    ignored: 0,
  });
  expect(await hear('unread', 'signal.alert.source.startsWith("no such")')).toMatchObject({
    state: 'waiting',
    ignored: 1,
  });
});

it('by incident and by target, as they are written and not as they could be', async () => {
  await send('lower', 'ws-9.contoso.com', 'i-9');
  await send('upper', 'WS-9.Contoso.COM', 'I-9');
  const heard = (sourceId: string) => ({ state: 'succeeded', outputs: { heard: sourceId }, ignored: 0 });
  const byHost = (id: string) => `signal.alert.targets.hosts.exists(h, h.id == "${id}")`;
  expect(await hear('by-host', byHost('WS-9.Contoso.COM'))).toEqual(heard('upper'));
  expect(await hear('by-lower-host', byHost('ws-9.contoso.com'))).toEqual(heard('lower'));
  expect(await hear('by-incident', 'signal.alert.incident.id == "I-9"')).toEqual(heard('upper'));
  expect(await hear('by-other-incident', 'signal.alert.incident.id == "i-99"')).toMatchObject({
    state: 'waiting',
  });
  expect(
    await hear('without-incident', 'signal.alert.incident.id == "" && signal.alert.id == "alr_noise7"'),
  ).toMatchObject({ state: 'succeeded' });
});

it('at all that is told of an alert, also what its source sent', async () => {
  const body = hostAlert('other', 'with-raw', 'h-raw');
  await corridor.sendBody({ ...body, raw: { finding: 'open "port"', ports: [{ name: 'ssh' }] } });
  const heard = { state: 'succeeded', outputs: { heard: 'with-raw' }, ignored: 0 };
  expect(await hear('by-finding', `signal.alert.raw.finding == 'open "port"'`)).toEqual(heard);
  const byPort = 'has(signal.alert.raw.ports) && signal.alert.raw.ports.exists(p, p.name == "ssh")';
  expect(await hear('by-port', byPort)).toEqual(heard);
});

it('what comes later ends a wait for a target, and other targets do not', async () => {
  const match = 'signal.alert.targets.hosts.exists(h, h.id == "later-2")';
  expect(await hear('later', match)).toMatchObject({ state: 'waiting' });
  await send('later-one', 'later-1', 'i-l');
  await send('later-two', 'later-2', 'i-l');
  await corridor.rest();
  const { rows } = await corridor.database.owner.query(
    `select outputs from runs where playbook_id = 'later'`,
  );
  expect(rows).toEqual([{ outputs: { heard: 'later-two' } }]);
});
