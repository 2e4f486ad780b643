import { describe, expect, it } from 'vitest';
import { acceptAlert } from '../../engine/runtime/accept-alert.ts';
import { GroupFull } from '../../engine/runtime/group-commit.ts';
import { actor, openMatching, ownAlert } from '../match/open-matching.ts';

const at = await openMatching();

describe('alerts that arrive together', () => {
  it('share commits, and each has its own answer, row and entry', async () => {
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) =>
        at.accept(ownAlert(`together-${n % 30}`, { incident: { id: 'T' } })),
      ),
    );
    expect(answers.filter((answer) => answer.ok && answer.duplicate)).toHaveLength(10);
    const { rows } = await at.database.owner.query(
      `select (select count(*)::int from alerts where source_id like 'together-%') as alerts,
        (select count(*)::int from incidents where source_id = 'T') as incidents,
        (select count(distinct xmin::text)::int from alerts where source_id like 'together-%') as commits`,
    );
    expect(rows).toMatchObject([{ alerts: 30, incidents: 1 }]);
    expect((rows[0] as { commits: number }).commits).toBeLessThan(10);
    const types = await at.database.owner.query<{ type: string; n: number }>(
      `select convert_from(entry, 'utf8')::json->>'type' as type, count(*)::int as n from audit_pending group by 1`,
    );
    expect(Object.fromEntries(types.rows.map(({ type, n }) => [type, n]))).toMatchObject({
      'alert.accepted': 30,
      'alert.duplicate': 10,
      'incident.created': 1,
    });
  });

  it('one that the database refuses fails alone', async () => {
    await at.database.owner.query(
      `alter table alerts add constraint not_this_one check (source_id <> 'refused-by-database')`,
    );
    const answers = await Promise.allSettled(
      ['beside-1', 'refused-by-database', 'beside-2'].map((id) => at.accept(ownAlert(id))),
    );
    await at.database.owner.query('alter table alerts drop constraint not_this_one');
    expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const { rows } = await at.database.app.query<{ source_id: string }>(
      `select source_id from alerts where source_id like 'beside-%' or source_id like 'refused-%' order by 1`,
    );
    expect(rows.map((row) => row.source_id)).toEqual(['beside-1', 'beside-2']);
  });

  it('more than can wait is refused with a code, and nothing of it is recorded', async () => {
    const full = { ...at.engine.parts, intake: { submit: () => Promise.reject(new GroupFull()) } };
    const input = { source: 'scanner', body: ownAlert('too-much'), actor, requestId: 'test' };
    expect(await acceptAlert(full, input)).toMatchObject({ ok: false, code: 'request/unavailable' });
    const { rows } = await at.database.app.query(`select 1 from alerts where source_id = 'too-much'`);
    expect(rows).toEqual([]);
  });
});
