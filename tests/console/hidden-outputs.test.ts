import { beforeAll, describe, expect, it } from 'vitest';
import { seedLoopRun } from '../api/seed-loop.ts';
import { actionStep, foreachStep, planOf } from '../decide/build-plan.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* What a step hides with `mask` is on no page, for whoever may read all values. */

const site = await startConsole();
let ann: Visitor;
let run: string;
beforeAll(async () => {
  const { runId } = await seedLoopRun(site.db.owner, 3);
  run = runId;
  const plan = planOf([
    actionStep('asset', { class: 'read', mask: ['mails'] }),
    foreachStep('sweep', [actionStep('isolate', { path: 'run/sweep/isolate', mask: ['token'] })], {
      list: 'steps.asset.outputs.mails',
    }),
  ]);
  const { owner } = site.db;
  await owner.query('alter table playbook_versions disable trigger user');
  await owner.query(
    `update playbook_versions v set plan = $2, digest = r.digest from runs r
     where r.id = $1 and v.playbook_id = r.playbook_id and v.version = r.playbook_version`,
    [run, JSON.stringify(plan)],
  );
  await owner.query('alter table playbook_versions enable trigger user');
  await owner.query(
    `update steps set outputs = case path when 'run/asset' then '{"mails":[{"subject":"Invoice 1"}],"complete":true}'
       else '{"token":"t0ken-of-the-target","state":"isolated"}' end::json
     where run_id = $1 and (path = 'run/asset' or path like 'run/sweep[%')`,
    [run],
  );
  ann = await site.signIn('Ann', ['analyst', 'approver', 'admin']);
});

describe.each(['?step=run%2Fasset', '?view=raw', '/items?step=run%2Fsweep'])(
  'the page of a run%s',
  (page) => {
    it('shows neither the fields nor the elements that a loop took from them', async () => {
      const { text, status } = await ann.get(`/runs/${run}${page}`);
      expect(status).toBe(200);
      expect(text).toContain('[masked]');
      expect(text).not.toContain('t0ken-of-the-target');
      expect(text).not.toContain('Invoice');
      expect(text).toContain('m2');
    });
  },
);

it('what a step does not hide is shown beside it', async () => {
  const { text } = await ann.get(`/runs/${run}?step=run%2Fsweep%5Bm2%5D%2Fisolate`);
  expect(text).toContain('isolated');
  expect(text).toContain('[masked]');
  expect(text).not.toContain('t0ken-of-the-target');
});
