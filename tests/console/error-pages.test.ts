import { expect, it } from 'vitest';
import { errorPage } from '../../api/console/error-page.ts';
import { toProblem } from '../../api/http/render-problem.ts';

/* A page says of what went wrong what the API says of it, in words for somebody at a page. */

const shown = (error: Error) => errorPage(toProblem(error), 'r1', (path) => path);

it('a database that cannot be reached is no mistake of ours, and may have recorded what was decided', () => {
  const page = shown(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }));
  expect(page.status).toBe(503);
  expect(page.content?.toString()).toContain('request/unavailable');
  expect(page.content?.toString()).toContain('look first whether it was recorded');
});

it('nor is a full disk', () => {
  const page = shown(Object.assign(new Error('could not extend file'), { code: '53100' }));
  expect(page.status).toBe(503);
  expect(page.content?.toString()).toContain('audit/unavailable');
});
