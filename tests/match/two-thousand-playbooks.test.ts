import { beforeAll, describe, expect, it } from 'vitest';
import { startRuns } from '../../engine/runtime/start-runs.ts';
import { candidatesText, versionsText } from '../../engine/runtime/store/queries/find-candidates.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { openMatching, ownAlert, waitingPlaybook } from './open-matching.ts';

const at = await openMatching();

/* Two thousand playbooks of which an alert concerns three: the cost of matching is that of the three. */

beforeAll(async () => {
  for (const id of ['wanted-1', 'wanted-2', 'wanted-3'])
    await at.publish(waitingPlaybook(id, '').replace(`== "${id}"`, '== "wanted"'));
  await at.publish(waitingPlaybook('noise', ''));
  const copies = 'generate_series(1, 1996) as n';
  const copy = (table: string, key: string, more: string) =>
    at.database.owner.query(
      `insert into ${table}
       select (jsonb_populate_record(t, jsonb_build_object('${key}', 'noise-' || n${more}))).*
       from ${table} t, ${copies} where t.${key} = 'noise'`,
    );
  await copy('playbooks', 'id', '');
  await copy('playbook_versions', 'playbook_id', '');
  await copy('triggers_index', 'playbook_id', ", 'need_value', 'noise-' || n");
  await at.database.owner.query('analyze playbooks, playbook_versions, triggers_index');
});

describe('with two thousand playbooks', () => {
  it('an alert that concerns three of them looks at three triggers', async () => {
    const { rows } = await at.database.app.query('select count(*)::int as count from triggers_index');
    expect(rows).toEqual([{ count: 2000 }]);
    const accepted = await at.accept(ownAlert('one-of-many', { category: 'wanted' }));
    expect(await startRuns(at.engine.parts, at.engine.admitter, 50)).toEqual({ events: 1, tried: 3 });
    const trace = accepted.ok ? await at.trace(accepted.alertId) : [];
    expect(trace.map((line) => [line.playbook_id, line.outcome])).toEqual([
      ['wanted-1', 'started'],
      ['wanted-2', 'started'],
      ['wanted-3', 'started'],
    ]);
  });

  it.each([
    [
      'candidates',
      candidatesText,
      [
        defaultTenant,
        ['alert.created'],
        '[{"place":0,"type":"alert.created","path":"alert.category","value":"x"}]',
      ],
    ],
    ['versions', versionsText, [defaultTenant, ['wanted-1', 'wanted-2', 'wanted-3']]],
  ])('no table is read from end to end: %s', async (_name, text, values) => {
    const { rows } = await at.database.owner.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    expect(plan).toContain('Index');
    expect(plan).not.toContain('Seq Scan');
  });
});
