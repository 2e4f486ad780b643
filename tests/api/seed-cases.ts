import { createHash } from 'node:crypto';
import type { PlayedCases } from '../../engine/core/cases/play-published.ts';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import { defaultTenant } from '../../schemas/ids.ts';

export const seededCases = `kind: cases/v1
playbook: ./it.yaml
cases:
  - name: it isolates the host
    expect: { run: succeeded }
  - name: it leaves a server alone
    expect: { run: succeeded }
`;

/** One passed, one did not, and half of the branches were seen. */
export const seededResult: PlayedCases = {
  counts: { passed: 1, failed: 1, toRecord: 0 },
  cases: [
    { name: 'it isolates the host', line: 4, verdict: 'passed', reasons: [] },
    {
      name: 'it leaves a server alone',
      line: 6,
      verdict: 'failed',
      reasons: [{ code: 'case/not-met', line: 7, message: '"it leaves a server alone": run\nexpected x' }],
    },
  ],
  problems: [],
  reasonsLeftOut: 0,
  coverage: {
    groups: {
      steps: { covered: 2, total: 2 },
      branches: { covered: 1, total: 2 },
      approvals: { covered: 3, total: 3 },
    },
    points: [
      {
        id: 'run/isolate if true',
        group: 'branches',
        at: 'run/isolate',
        what: 'if true',
        line: 10,
        hits: 2,
      },
      {
        id: 'run/isolate if false',
        group: 'branches',
        at: 'run/isolate',
        what: 'if false',
        line: 10,
        hits: 0,
      },
    ],
  },
};

/** Cases of a version, as publishing them left them. */
export async function seedCases(
  sql: Sql,
  playbook: string,
  { version = 1, number = 1, result = seededResult, engine = '0.0.1' } = {},
): Promise<void> {
  const sha256 = createHash('sha256').update(seededCases).digest('hex');
  const playedWith = { engine, compiler: 2, catalogue: `sha256:${'0'.repeat(64)}` };
  await sql.query(
    `insert into playbook_cases (tenant_id, playbook_id, version, number, source, source_sha256, files, published_by,
       result, played_with, played_by)
     values ($1, $2, $3, $4, $5, $6, '{}', 'start', $7, $8, 'start')`,
    [
      ...[defaultTenant, playbook, version, number, seededCases, sha256],
      ...[JSON.stringify(result), JSON.stringify(playedWith)],
    ],
  );
}
