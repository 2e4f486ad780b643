import { describe, expect, it } from 'vitest';
import { publishRouting } from '../../engine/runtime/publish-routing.ts';
import { actor, openMatching, waitingPlaybook } from './open-matching.ts';

const at = await openMatching();

const publish = (source: string, version: number) =>
  publishRouting(at.engine.parts, { source, file: 'routing.yaml', version, actor, requestId: 'test' });

const file = (entry: string) => `kind: routing/v1\nplaybooks:\n  - ${entry}\n`;

describe('the routing file in force (11.2; 9.15, item 2)', () => {
  it('narrows what alerts start, and the trace says so (9.15, item 8)', async () => {
    await at.publish(waitingPlaybook('routed', ''));
    expect(await publish(file('{ id: routed, match: alert.severity == "critical" }'), 0)).toMatchObject({
      ok: true,
      version: 1,
      unchanged: false,
    });
    const away = await at.raise('r-1', { category: 'routed', severity: 'high' });
    expect(await at.trace(away)).toMatchObject([{ outcome: 'routed-away', code: 'match/routed-away' }]);
    const through = await at.raise('r-2', { category: 'routed', severity: 'critical' });
    expect(await at.trace(through)).toMatchObject([{ outcome: 'started', code: null }]);
    const never = await at.raise('r-3', { category: 'else', severity: 'critical' });
    expect(await at.trace(never)).toMatchObject([{ code: 'match/no-candidate' }]);
  });

  it('is not overwritten by somebody who saw an older one, and the same again is no new version', async () => {
    const source = file('{ id: routed, mode: audit }');
    expect(await publish(source, 0)).toMatchObject({ ok: false, code: 'request/stale' });
    const both = await Promise.all([publish(source, 1), publish(`${source}# other\n`, 1)]);
    expect(both.map((each) => each.ok).sort()).toEqual([false, true]);
    const { rows } = await at.database.app.query<{ source: string }>(
      'select source from routing_versions order by version desc limit 1',
    );
    expect(await publish(rows[0]?.source ?? '', 2)).toMatchObject({ ok: true, version: 2, unchanged: true });
  });

  it('with a mistake stays what it was, and every problem has its place', async () => {
    const refused = await publish(file('{ id: routd }'), 2);
    expect(refused).toMatchObject({ ok: false, code: 'match/unknown-playbook' });
    expect(refused.diagnostics).toMatchObject([{ line: 3, code: 'match/unknown-playbook' }]);
    const { rows } = await at.database.app.query('select max(version) as version from routing_versions');
    expect(rows).toEqual([{ version: 2 }]);
  });

  it('is in the log, once per version', async () => {
    const { rows } = await at.database.owner.query<{ data: { version: number } }>(
      `select convert_from(entry, 'utf8')::json->'data' as data from audit_pending
       where convert_from(entry, 'utf8')::json->>'type' = 'routing.published' order by enqueued_at, id`,
    );
    expect(rows.map((row) => row.data.version)).toEqual([1, 2]);
  });
});
