import { expect, it } from 'vitest';
import { startConsole } from './start-console.ts';

/* Pages are counted with everything else that their person asks; what must stay possible stays possible. */

it('who has opened too many pages is told to wait, and still reads questions and stops everything', async () => {
  const site = await startConsole({ limits: { requests: 5, intake: 5 } });
  const ida = await site.signIn('Ida', ['operator']);
  const csrf = await ida.csrf();
  for (let n = 0; n < 4; n++) expect((await ida.get('/runs')).status).toBe(200);
  const over = await ida.get('/runs');
  expect(over.status).toBe(429);
  expect(over.headers.get('retry-after')).toMatch(/^[1-9]\d?$/);
  expect(over.text).toContain('Approvals, tasks, stops and the pause are counted by themselves');
  expect((await ida.get('/v1/alerts')).status, 'their requests to the API are of the same number').toBe(429);
  expect((await ida.get('/held')).status).toBe(200);
  expect((await ida.get('/a/apr_none')).status).toBe(404);
  const stopped = await ida.post('/settings/stop', { csrf, scope: 'everything', reason: 'now' });
  expect(stopped.status).toBe(303);
  expect(site.useCases.calls.map(({ name }) => name)).toContain('setStop');
  const joe = await site.signIn('Joe', ['viewer']);
  expect((await joe.get('/runs')).status).toBe(200);
});
