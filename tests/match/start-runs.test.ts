import { describe, expect, it } from 'vitest';
import { cancelRun } from '../../engine/runtime/cancel-run.ts';
import { startRuns } from '../../engine/runtime/start-runs.ts';
import type { RunId } from '../../schemas/ids.ts';
import { actor, type Matching, openMatching, ownAlert, waitingPlaybook } from './open-matching.ts';

const at: Matching = await openMatching();

const dedupe = (word: string, window = '4h') => `dedupe:
  key: \${{ "isolate/" + inputs.host_id }}
  window: ${window}
  on_duplicate: ${word}
`;

const group = (word: string) => `concurrency:
  group: \${{ "host/" + inputs.host_id }}
  limit: 1
  on_conflict: ${word}
`;

const lines = async (alertId: Parameters<Matching['trace']>[0], playbookId: string) =>
  (await at.trace(alertId)).filter((line) => line.playbook_id === playbookId);

const outcomes = async (...of: Parameters<typeof lines>) => (await lines(...of)).map((line) => line.outcome);

async function cancel(runId: RunId | undefined): Promise<void> {
  if (runId === undefined) throw new Error('there is no run to cancel');
  const { parts, advancer } = at.engine;
  expect(
    await cancelRun(parts, advancer, { runId, actor, reason: 'test', undo: false, requestId: 'r' }),
  ).toEqual({
    ok: true,
  });
}

describe('a second alert about the same thing', () => {
  it('is attached while the first run is active: no new run, an entry, a line that names the run', async () => {
    await at.publish(waitingPlaybook('attaching', dedupe('attach')));
    const first = await at.raise('att-1', { category: 'attaching' });
    const second = await at.raise('att-2', { category: 'attaching' });
    const runs = await at.runs('attaching');
    expect(runs).toMatchObject([{ state: 'waiting', alert_id: first }]);
    expect(await at.trace(second)).toMatchObject([
      { outcome: 'attached', run_id: runs[0]?.id, element_key: 'H1', trigger_id: 'on_alert' },
    ]);
    const attached = await at.database.app.query('select run_id from run_alerts where alert_id = $1', [
      second,
    ]);
    expect(attached.rows).toEqual([{ run_id: runs[0]?.id }]);
    const entries = await at.database.owner.query<{ entry: string }>(
      `select convert_from(entry, 'utf8') as entry from audit_pending`,
    );
    const attachedEntries = entries.rows.filter(
      ({ entry }) => entry.includes(second) && entry.includes('run.attached'),
    );
    expect(attachedEntries).toHaveLength(1);
  });

  it('is skipped when the playbook says so: nothing is attached', async () => {
    await at.publish(waitingPlaybook('skipping', dedupe('skip')));
    await at.raise('skip-1', { category: 'skipping' });
    const second = await at.raise('skip-2', { category: 'skipping' });
    expect(await at.runs('skipping')).toHaveLength(1);
    expect(await outcomes(second, 'skipping')).toEqual(['skipped']);
    const attached = await at.database.app.query('select 1 from run_alerts where alert_id = $1', [second]);
    expect(attached.rows).toEqual([]);
  });

  it('about another thing has its own run', async () => {
    const other = { category: 'attaching', targets: { hosts: [{ id: 'H2', name: 'h2' }] } };
    expect(await outcomes(await at.raise('att-3', other), 'attaching')).toEqual(['started']);
  });

  it.each(['queued', 'running', 'waiting', 'undoing', 'succeeded'])(
    'is covered by a run that is %s',
    async (state) => {
      const id = `covered-${state}`;
      await at.publish(waitingPlaybook(id, dedupe('attach')));
      await at.raise(`${id}-1`, { category: id });
      const [run] = await at.runs(id);
      if (run === undefined) throw new Error('no run');
      await at.setState(run.id, state);
      expect(await outcomes(await at.raise(`${id}-2`, { category: id }), id)).toEqual(['attached']);
    },
  );

  it.each(['denied', 'failed', 'cancelled', 'timed-out', 'undone', 'undo-incomplete', 'skipped'])(
    'starts a run again after one that ended %s, because the danger may be back',
    async (state) => {
      const id = `again-${state}`;
      await at.publish(waitingPlaybook(id, dedupe('attach')));
      await at.raise(`${id}-1`, { category: id });
      const [run] = await at.runs(id);
      if (run === undefined) throw new Error('no run');
      // The database lets no ended run change, and an undo only from its own state.
      if (state.startsWith('undo')) await at.setState(run.id, 'undoing');
      await at.setState(run.id, state);
      expect(await outcomes(await at.raise(`${id}-2`, { category: id }), id)).toEqual(['started']);
    },
  );

  it('starts a run again when the window is over, counted from the start of the first', async () => {
    await at.publish(waitingPlaybook('window', dedupe('attach', '1h')));
    await at.raise('window-1', { category: 'window' });
    await at.database.owner.query(
      `update runs set created_at = clock_timestamp() - interval '59 minutes' where playbook_id = 'window'`,
    );
    expect(await outcomes(await at.raise('window-2', { category: 'window' }), 'window')).toEqual([
      'attached',
    ]);
    await at.database.owner.query(
      `update runs set created_at = clock_timestamp() - interval '61 minutes' where playbook_id = 'window'`,
    );
    expect(await outcomes(await at.raise('window-3', { category: 'window' }), 'window')).toEqual(['started']);
  });

  it('in the same moment, matched by two engines at once, has one run', async () => {
    await at.publish(waitingPlaybook('crowd', dedupe('attach')));
    for (let number = 0; number < 8; number++)
      await at.accept(ownAlert(`crowd-${number}`, { category: 'crowd' }));
    const { parts, admitter } = at.engine;
    await Promise.all([1, 2, 3, 4].map(() => startRuns(parts, admitter, 2)));
    expect(await at.runs('crowd')).toHaveLength(1);
  });
});

describe('an alert that names several things', () => {
  it('starts a run for each, and one for a thing that it names twice', async () => {
    await at.publish(waitingPlaybook('several', ''));
    const hosts = ['H1', 'H2', 'H1'].map((id) => ({ id, name: id }));
    const alert = await at.raise('several-1', { category: 'several', targets: { hosts } });
    expect((await at.trace(alert)).filter((line) => line.playbook_id === 'several')).toMatchObject([
      { element_key: 'H1', outcome: 'started' },
      { element_key: 'H2', outcome: 'started' },
    ]);
  });

  it('matched a second time starts nothing: its runs are known by their keys', async () => {
    const [before] = await at.runs('several');
    await at.database.owner.query(`delete from decision_traces where event_id = $1`, [before?.alert_id]);
    await at.database.owner.query(`update alerts set state = 'accepted' where id = $1`, [before?.alert_id]);
    await at.match();
    expect(await at.runs('several')).toHaveLength(2);
    const { rows } = await at.database.app.query<{ outcome: string }>(
      `select outcome from decision_traces where event_id = $1 and playbook_id = 'several'`,
      [before?.alert_id],
    );
    expect(rows.map((row) => row.outcome)).toEqual(['redelivered', 'redelivered']);
  });
});

describe('a full concurrency group', () => {
  it('queues the second run, which begins only when the first has ended', async () => {
    await at.publish(waitingPlaybook('queueing', group('queue')));
    await at.raise('queue-1', { category: 'queueing' });
    await at.raise('queue-2', { category: 'queueing' });
    await at.raise('queue-3', { category: 'queueing' });
    const states = async () => (await at.runs('queueing')).map((run) => run.state);
    expect(await states()).toEqual(['waiting', 'queued', 'queued']);
    const [first, second] = await at.runs('queueing');
    await cancel(first?.id);
    await expect.poll(states).toEqual(['cancelled', 'waiting', 'queued']);
    await cancel(second?.id);
    await expect.poll(states).toEqual(['cancelled', 'cancelled', 'waiting']);
  });

  it('does not hold a run about something else', async () => {
    const other = { category: 'queueing', targets: { hosts: [{ id: 'H2', name: 'h2' }] } };
    await at.raise('queue-4', other);
    expect((await at.runs('queueing')).at(-1)?.state).toBe('waiting');
  });

  it('refuses the second run when the playbook says skip, and takes one again when there is room', async () => {
    await at.publish(waitingPlaybook('full', group('skip')));
    await at.raise('full-1', { category: 'full' });
    const second = await at.raise('full-2', { category: 'full' });
    expect(await lines(second, 'full')).toMatchObject([
      { outcome: 'skipped', detail: expect.stringContaining('full') },
    ]);
    await cancel((await at.runs('full'))[0]?.id);
    expect(await outcomes(await at.raise('full-3', { category: 'full' }), 'full')).toEqual(['started']);
  });

  it('can be cancelled out of: a run that never began ends as cancelled', async () => {
    await at.raise('queue-5', { category: 'queueing' });
    const queued = (await at.runs('queueing')).filter((run) => run.state === 'queued');
    expect(queued).toHaveLength(1);
    await cancel(queued[0]?.id);
    expect((await at.runs('queueing')).find((run) => run.id === queued[0]?.id)?.state).toBe('cancelled');
  });
});

describe('every trigger that was tried', () => {
  it('leaves a line, and so does an event that no trigger looks for', async () => {
    const alert = await at.raise('quiet', { category: 'nothing-for-this' });
    expect(await at.trace(alert)).toMatchObject([
      { playbook_id: '', outcome: 'not-matched', code: 'match/no-candidate' },
    ]);
  });

  it('of a playbook that was switched off says so', async () => {
    await at.database.app.query(`update playbooks set enabled = false where id = 'several'`);
    expect(await outcomes(await at.raise('off', { category: 'several' }), 'several')).toEqual(['disabled']);
  });
});

describe('an alert that a sender made to break matching', () => {
  it('does not: keys of any length and any characters are keys', async () => {
    await at.publish(waitingPlaybook('long', `${dedupe('attach')}${group('queue')}`));
    // Incompressible text of three bytes a character: longer than an index row can be.
    const id = Array.from({ length: 512 }, (_, index) =>
      String.fromCodePoint(0x4e00 + ((index * 7919) % 20_000)),
    );
    const hosts = [{ id: `${id.join('')}`, name: 'x' }];
    const users = [{ id: id.reverse().join(''), name: 'x' }];
    const files = [{ name: `${id.join('')}${id.reverse().join('')}` }];
    const alert = await at.raise('long-1', { category: 'long', targets: { hosts, users, files } });
    expect(await outcomes(alert, 'long')).toEqual(['started']);
    const again = await at.raise('long-2', { category: 'long', targets: { hosts } });
    expect(await outcomes(again, 'long')).toEqual(['attached']);
  });
});

describe('a crash', () => {
  it('between the end of a run and the beginning of the next in its group loses nothing: the sweep begins it', async () => {
    await at.publish(waitingPlaybook('left-queued', group('queue')));
    await at.raise('crash-0', { category: 'left-queued' });
    await at.raise('crash-1', { category: 'left-queued' });
    const states = async () => (await at.runs('left-queued')).map((run) => run.state);
    expect(await states()).toEqual(['waiting', 'queued']);
    // Nobody says that there is a place now.
    await at.setState((await at.runs('left-queued'))[0]?.id as RunId, 'succeeded');
    at.engine.admitter.start();
    await expect.poll(states).toEqual(['succeeded', 'waiting']);
  });

  it('between accepting and matching loses nothing: the sweep finds the alert', async () => {
    await at.publish(waitingPlaybook('after-crash', ''));
    expect(await at.accept(ownAlert('crash-2', { category: 'after-crash' }))).toMatchObject({ ok: true });
    expect(await at.runs('after-crash')).toEqual([]);
    // Nobody nudged: this is the loop's own look at its start.
    at.engine.matcher.start();
    await expect
      .poll(async () => (await at.runs('after-crash')).map((run) => run.state))
      .toEqual(['waiting']);
  });
});
