import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { RunId } from '../../schemas/ids.ts';
import { seedWaitingRun } from '../api/seed.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* What could not be taken back, over all runs, and what a person does about it. */

const site = await startConsole();
let run: string;
let incident: string;
let kim: Visitor;
let ann: Visitor;
beforeAll(async () => {
  ({ runId: run, incidentId: incident } = await seedWaitingRun(site.db.owner));
  await site.db.owner.query(`update runs set state = 'undo-incomplete', incident_id = $2 where id = $1`, [
    run,
    incident,
  ]);
  kim = await site.signIn('Kim', ['approver']);
  ann = await site.signIn('Ann', ['analyst']);
});
beforeEach(() => site.useCases.calls.splice(0));

async function record(id: string, state: string, found: object | null = null): Promise<void> {
  const code = found === null ? 'action/outcome-unknown' : 'undo/changed-since';
  await site.db.owner.query(
    `insert into undo_records (tenant_id, id, run_id, scope_path, step_path, step_name, generation, action, action_key,
       connection, target_kind, target_id, effect, origin, inverse, state, failure, expected, found, settled_at)
     values ('default', $1, $2, 'run', $1, '<b>Isolate', 1, 'edr.isolate-host', $1, 'main', 'host', $1, 'network-isolated',
       'ours', '{"action":"edr.release-host@1"}', $3, $4, $5, $6, clock_timestamp())`,
    [
      id,
      run,
      state,
      JSON.stringify({ code, message: 'the <i>target</i> said no' }),
      found === null ? null : JSON.stringify({ state: 'present' }),
      found === null ? null : JSON.stringify(found),
    ],
  );
}

/** As if another engine had compiled the plan; the database itself refuses to change what a run is pinned to. */
async function pinTo(change: '+ 1' | '- 1'): Promise<void> {
  const { owner } = site.db;
  await owner.query('alter table runs disable trigger user');
  await owner.query(`update runs set compiler_version = compiler_version ${change}`);
  await owner.query('alter table runs enable trigger user');
}

it('teaches what would fill it while it is empty', async () => {
  expect((await kim.get('/undo')).text).toContain('Nothing of this kind is left.');
});

it('lists what failed and what was changed since, with a button for those who may', async () => {
  await record('und_failed', 'undo-failed');
  await record('und_changed', 'changed-since', { state: 'absent', enabled: true });
  await record('und_fine', 'undone');
  const { text } = await kim.get('/undo');
  expect(text).toContain('&lt;b&gt;Isolate');
  expect(text).toContain('state absent, enabled true');
  expect(text).toContain('the &lt;i&gt;target&lt;/i&gt; said no');
  expect(text).not.toContain('und_fine');
  expect(text.match(/<button>Try again/g)).toHaveLength(2);
  const vic = await site.signIn('Vic', ['viewer']);
  for (const path of ['/undo', '/undo/und_changed', '/undo/und_failed'])
    expect((await vic.get(path)).text, path).not.toMatch(/state absent|target&lt;|said no/);
  const read = (await ann.get('/undo')).text;
  expect(read).toContain('/undo/und_failed');
  expect(read).not.toContain('Try again');
  expect((await kim.get('/undo?state=changed-since')).text).not.toContain('und_failed');
  expect((await kim.get('/undo?system=mail')).text).toContain('Nothing of this kind is left.');
  expect((await kim.get('/undo?system=edr%25&incident=%00')).status).toBe(200);
  expect((await kim.get(`/runs/${run}`)).text).toContain('/undo/und_changed');
});

it('one press tries again and leads to the record', async () => {
  const pressed = await kim.post('/undo/und_failed', { do: 'retry', reason: 'Tried again' });
  expect(pressed.status).toBe(303);
  expect(pressed.headers.get('location')).toContain('/undo/und_failed');
  expect(site.useCases.calls).toEqual([
    { name: 'undoRecord', input: { recordId: 'und_failed', overwrite: null, reason: 'Tried again' } },
  ]);
  expect((await ann.post('/undo/und_failed', { do: 'retry', reason: 'x' })).status).toBe(403);
});

it('a changed target is accepted as it is, or taken back with the digest of what was shown', async () => {
  const { text } = await kim.get('/undo/und_changed');
  const digest = /name="digest" value="(sha256:[0-9a-f]{64})"/.exec(text)?.[1] ?? '';
  expect(text).toContain('It was left as');
  expect(await kim.post('/undo/und_changed', { do: 'accept', reason: ' ' })).toMatchObject({ status: 422 });
  await kim.post('/undo/und_changed', { do: 'overwrite', digest, reason: 'It must not be enabled' });
  await kim.post('/undo/und_changed', { do: 'accept', reason: 'The help desk enabled it' });
  expect(site.useCases.calls).toEqual([
    {
      name: 'undoRecord',
      input: { recordId: 'und_changed', overwrite: digest, reason: 'It must not be enabled' },
    },
    { name: 'leaveAsIs', input: { recordId: 'und_changed', reason: 'The help desk enabled it' } },
  ]);
  expect((await kim.post('/undo/und_changed', { do: 'nothing', reason: 'x' })).status).toBe(400);
  const failed = (await kim.get('/undo/und_failed')).text;
  expect(failed).not.toContain('Take it back all the same');
});

it('says why nothing was done, and keeps what was written', async () => {
  const detail = 'the target was found in another state since; look at it again';
  site.useCases.answer('undoRecord', async () => ({ ok: false, code: 'request/conflict', detail }));
  const refused = await kim.post('/undo/und_changed', { do: 'retry', reason: 'mine <b>' });
  expect(refused.status).toBe(409);
  expect(refused.text).toContain(`Nothing was done: ${detail}`);
  expect(refused.text).toContain('mine &lt;b&gt;');
});

it('several are ticked and tried again with one reason, each answered by itself and never over a change', async () => {
  const { text } = await kim.get('/undo');
  const boxes = [...text.matchAll(/type="checkbox" form="several" name="(pick\.\d+)" value="(und_[a-z]+)"/g)];
  expect(boxes.map(([, , id]) => id).toSorted()).toEqual(['und_changed', 'und_failed']);
  expect((await ann.get('/undo')).text).not.toContain('form="several"');
  const ticked = Object.fromEntries(boxes.map(([, name = '', id = '']) => [name, id]));
  const unsaid = await kim.post('/undo/several', { ...ticked, reason: ' ' });
  expect(unsaid.status).toBe(422);
  expect(unsaid.text.match(/ checked/g)).toHaveLength(2);
  expect(
    (await kim.post('/undo/several', { reason: 'x', 'pick.0': 'apr_1', 'pick.1': 'und_none' })).status,
  ).toBe(422);
  expect(site.useCases.calls).toEqual([]);
  site.useCases.answer('undoRecord', async (_caller, input) => {
    site.useCases.calls.push({ name: 'undoRecord', input });
    if (input.recordId === 'und_failed') return { ok: true, runId: run as RunId };
    return { ok: false, code: 'request/conflict', detail: 'another undo is <i>under way</i>' };
  });
  const done = await kim.post('/undo/several', { ...ticked, reason: 'the network is back' });
  expect(done.status).toBe(200);
  expect(done.text).toContain('1 begun');
  expect(done.text).toContain('another undo is &lt;i&gt;under way');
  expect(done.text).toContain(`/runs/${run}`);
  expect(site.useCases.calls.map(({ input }) => input)).toEqual(
    boxes.map(([, , recordId]) => ({ recordId, overwrite: null, reason: 'the network is back' })),
  );
  expect((await ann.post('/undo/several', { ...ticked, reason: 'x' })).status).toBe(403);
  expect((await kim.get('/undo/several')).status).toBe(404);
});

it('an incident that was taken back leads back to itself, with what became of each record', async () => {
  site.useCases.answer('undoIncident', async () => ({ ok: true, runs: [], untouched: [], more: false }));
  const done = await kim.post(`/incidents/${incident}/undo`, { reason: 'false alarm' });
  expect(done.headers.get('location')).toContain(`/incidents/${incident}/undo`);
  const { text } = await kim.get(`/incidents/${incident}/undo`);
  expect(text).toContain('What became of it');
  expect(text).toContain('Changed by somebody since');
  expect(text).toContain('Taken back');
});

it('what is contained now says by whom, until when, who else holds it, and is renewed or released from its record', async () => {
  expect((await kim.get('/contained')).text).toContain('Nothing is contained.');
  await record('und_held', 'done');
  const other = (await seedWaitingRun(site.db.owner)).runId;
  for (const [of, step] of [
    [run, 'und_held'],
    [other, 'run/isolate'],
  ])
    await site.db.owner.query(
      `insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
       values ('default', 'network-isolated', 'host', 'und_held', $1, $2, 'held', 'found')`,
      [of, step],
    );
  await site.db.owner.query(
    `update undo_records set lease_until = clock_timestamp() + interval '2 hours', lease_at_end = 'ask' where id = 'und_held'`,
  );
  await site.db.owner.query(
    `insert into target_facts (tenant_id, kind, target_id, facts) values ('default', 'host', 'und_held', '{"name": "one of two"}')`,
  );
  const { text } = await kim.get('/contained');
  expect(text).toMatch(/one of two<\/bdi><\/span> <span class="dim small">id <bdi class="data">und_held/);
  expect((await kim.get('/undo/und_held')).text).toContain(
    '<dt>Id of the host</dt><dd><bdi class="data">und_held',
  );
  expect(text).toContain('network-isolated');
  expect(text).toContain('nobody was asked');
  expect(text).toContain('Found like this');
  expect(text).toContain(`/runs/${other}`);
  expect(text).toContain('href="/undo/und_held#renew"');
  expect((await ann.get('/contained')).text).not.toContain('#renew');
  expect((await kim.get('/contained?target=host:other')).text).toContain('Nothing is contained.');
  expect((await kim.get('/contained?target=nonsense')).text).toContain('A target is written kind:id');
  const page = (await kim.get('/undo/und_held')).text;
  expect(page).toContain('Release it now');
  expect(page).toContain('Released, it stays all the same');
  site.useCases.answer('undoRecord', async () => ({ ok: true, runId: run }));
  await kim.post('/undo/und_held', { do: 'renew', for: '3d', reason: 'Forensics are not done' });
  expect((await kim.post('/undo/und_held', { do: 'retry', reason: 'It is needed' })).status).toBe(303);
  expect((await kim.post('/undo/und_held', { do: 'renew', for: '900d', reason: 'x' })).status).toBe(400);
  expect(site.useCases.calls.map(({ name }) => name)).toEqual(['renewLease']);
  expect(site.useCases.calls[0]?.input).toMatchObject({
    recordId: 'und_held',
    until: { forMs: 3 * 86_400_000 },
  });
});

it('a lease that ends soon is told on every page to those who can renew it, and to nobody else', async () => {
  expect((await kim.get('/')).text).not.toContain('Renew or release');
  await site.db.owner.query(`update undo_records set lease_warned_until = lease_until where id = 'und_held'`);
  const { text } = await kim.get('/');
  expect(text).toContain('A lease ends soon');
  expect(text).toContain('href="/contained?lease=expiring"');
  expect((await ann.get('/')).text).not.toContain('Renew or release');
  const list = (await ann.get('/contained?lease=expiring')).text;
  expect(list).toContain('Ends soon');
  expect(list).toContain('You can look. Whoever is approver or operator or admin can let it stand longer');
  expect((await kim.get('/contained')).text).not.toContain('You can look.');
  await site.db.owner.query(`update undo_records set state = 'undone' where id = 'und_held'`);
  expect((await kim.get('/')).text).not.toContain('Renew or release');
});

it('the page of a record says of a lease what is so: that it ended and people are asked, or that it failed', async () => {
  await record('und_leased', 'done');
  await site.db.owner.query(
    `insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
     select tenant_id, effect, target_kind, target_id, run_id, step_path, 'held', 'ours' from undo_records where id = $1`,
    ['und_leased'],
  );
  const lease = (set: string) =>
    site.db.owner.query(`update undo_records set ${set} where id = 'und_leased'`);
  const shown = async () => (await kim.get('/undo/und_leased')).text.replace(/<[^>]+>/g, '');
  await lease(`lease_until = clock_timestamp() + interval '2 hours', lease_at_end = 'ask'`);
  expect(await shown()).toMatch(/Its lease ends in .*; then people are asked\./);
  await lease(`lease_until = clock_timestamp() - interval '1 minute', lease_asked = 'run~lease.1.1'`);
  expect(await shown()).toContain('Its lease has ended; people are asked.');
  await lease(`lease_asked = null`);
  await pinTo('+ 1');
  expect(await shown()).toMatch(/Its lease ended .* compiled by another version of the engine/);
  expect((await kim.get('/')).text).toContain('A lease has ended and nothing ends it');
  expect((await ann.get('/')).text).not.toContain('nothing ends it');
  expect((await ann.get('/contained?lease=stuck')).text).toContain('and is stuck');
  await pinTo('- 1');
  await lease(`lease_at_end = 'release', state = 'undo-failed'`);
  const failed = await shown();
  expect(failed).toContain(
    'It was to be taken back and is not; the end of its lease changes nothing any more.',
  );
  expect(failed).not.toMatch(/then it is released/);
});

it('a record that nothing takes back is not offered as one that can be released', async () => {
  await record('und_lasting', 'done');
  await site.db.owner.query(
    `update undo_records set inverse = '{"irreversible":"the playbook says that it is not taken back"}' where id = 'und_lasting'`,
  );
  const { text } = await kim.get('/undo/und_lasting');
  expect(text).not.toContain('Release it now');
  expect(text).toContain('Nothing takes it back; what the target shows is changed by hand.');
});

it('what is contained and cannot be taken back is not offered as one that can be released', async () => {
  const row = (text: string) => text.split('<tr').find((each) => each.includes('/undo/und_lasting')) ?? '';
  await site.db.owner.query(
    `insert into holds (tenant_id, effect, target_kind, target_id, run_id, step_path, state, origin)
     select tenant_id, effect, target_kind, target_id, run_id, step_path, 'held', 'ours' from undo_records where id = $1`,
    ['und_lasting'],
  );
  const { text } = await kim.get('/contained?target=host:und_lasting');
  expect(row(text)).not.toContain('>Release<');
  expect(row(text)).toContain('>Look at it<');
});

it('after the undo of its run it stays in the list, and is closed by whoever says that it is free', async () => {
  const { owner } = site.db;
  await owner.query(
    `update undo_records set state = 'irreversible', settled_at = clock_timestamp() where id = 'und_lasting'`,
  );
  await owner.query(`update holds set state = 'unreleased' where target_id = 'und_lasting'`);
  expect((await kim.get('/contained?target=host:und_lasting')).text).toContain('Cannot be taken back');
  const { text } = await kim.get('/undo/und_lasting');
  expect(text).toContain('until somebody ends it by hand in the product');
  expect(text).toContain('value="accept"');
  expect(text).not.toContain('value="retry"');
  site.useCases.calls.splice(0);
  await kim.post('/undo/und_lasting', { do: 'accept', reason: 'released in the portal' });
  expect(site.useCases.calls).toEqual([
    { name: 'leaveAsIs', input: { recordId: 'und_lasting', reason: 'released in the portal' } },
  ]);
});

it('a filter that nothing fits does not make an empty list of everything', async () => {
  const { text } = await kim.get('/contained?target=host:other');
  expect(text).not.toContain('appears here until it is given back');
  expect(text).toContain('<a href="/contained">All that is contained now</a>');
});

it('while an inverse is at work the page does not say that nothing was sent', async () => {
  await record('und_again', 'undoing', { state: 'absent' });
  const { text } = await kim.get('/undo/und_again');
  expect(text).toContain('It showed');
  expect(text).not.toContain('Nothing was sent.');
  expect((await kim.get('/undo/und_changed')).text).toContain('Nothing was sent.');
});
