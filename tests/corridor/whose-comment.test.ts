import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { hostAlert, madePlaybook, ws0117 } from './questions.ts';

/* Two sources have an incident of one number; a comment about the one does not stand at the other (decision record 0034). */

let corridor: Corridor;
beforeAll(async () => {
  corridor = await openCorridor({ playbooks: [], settings: { incidentSources: 'defender' } });
  const step = (id: string, given: string) => `  - id: ${id}
    action: incident.add-comment
    with: { ${given}, text: "${id}" }
    on_error: continue
`;
  await corridor.publish(
    madePlaybook(
      'comments',
      [step('own', 'incident_id: "2972402"'), step('other', 'incident_id: "2972399"')].join(''),
    ),
  );
});
afterAll(() => corridor.close());

async function commented(source: string, incident: string): Promise<(string | undefined)[]> {
  const body = hostAlert('comments', `${source}-${incident}`, ws0117) as object;
  await corridor.sendBody({ ...body, source, incident: { id: incident } });
  await corridor.rest();
  const { rows } = await corridor.database.app.query<{ source: string | undefined }>(
    `select arguments->>'source' as source from attempts where purpose = 'perform'
       and run_id = (select id from runs order by created_at desc, id desc limit 1) order by id`,
  );
  return rows.map((row) => row.source ?? undefined);
}

const standing = () =>
  corridor.database.app.query<{ path: string; status: string }>(
    `select path, status from steps where run_id = (select id from runs order by created_at desc, id desc limit 1) and path in ('run/own', 'run/other') order by path desc`,
  );

it("the run's own incident says whose it is, and that of another source is refused", async () => {
  expect(await commented('siem', '2972402')).toEqual(['siem', undefined]);
  expect((await standing()).rows.map(({ status }) => status)).toEqual(['failed', 'succeeded']);
  expect(await commented('defender', '2972402')).toEqual(['defender', undefined]);
  expect((await standing()).rows.map(({ status }) => status)).toEqual(['succeeded', 'succeeded']);
});
