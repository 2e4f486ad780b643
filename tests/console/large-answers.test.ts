import { expect, it } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { seedArtifact } from '../api/seed-artifact.ts';
import { startConsole } from './start-console.ts';

const site = await startConsole();

it('the page of a run has its large answers, for whoever may read values', async () => {
  const { runId } = await seedWaitingRun(site.db.owner);
  const ann = await site.signIn('Ann', ['analyst']);
  expect((await ann.get(`/runs/${runId}`)).text).not.toContain('Large answers');
  const id = await seedArtifact(site.db.owner, { note: '<b>open me</b>' });
  const { text } = await ann.get(`/runs/${runId}`);
  expect(text).toContain('<h2>Large answers</h2>');
  expect(text).toContain(`<a href="/v1/artifacts/${id}" download>`);
  expect(text).not.toContain('open me');
  const answer = await ann.get(`/v1/artifacts/${id}`);
  expect(JSON.parse(answer.text)).toEqual({ note: '<b>open me</b>' });
  const vic = await site.signIn('Vic', ['viewer']);
  expect((await vic.get(`/runs/${runId}`)).text).toContain('Your roles do not let you read it');
  expect((await vic.get(`/v1/artifacts/${id}`)).status).toBe(403);
});
