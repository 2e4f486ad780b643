import { beforeAll, describe, expect, it } from 'vitest';
import { seedLoopRun } from '../api/seed-loop.ts';
import { startConsole, type Visitor } from './start-console.ts';

/* What a person sees of a run with a loop of hundreds of items. */

const site = await startConsole();
let ann: Visitor;
let seeded: Awaited<ReturnType<typeof seedLoopRun>>;
beforeAll(async () => {
  seeded = await seedLoopRun(site.db.owner);
  ann = await site.signIn('Ann', ['analyst']);
});

const words = (text: string) =>
  text
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .replaceAll('&quot;', '"');

describe('the page of the run', () => {
  it('says how far the loop is and that a question waits, and nothing of an emergency stop', async () => {
    const { text } = await ann.get(`/runs/${seeded.runId}`);
    expect(words(text)).toContain('“Every mail”: 199 of 250 done.');
    expect(words(text)).toContain('A question waits for a person: question 1');
    expect(text).toContain(`href="/a/${seeded.approvalId}"`);
    expect(text).not.toContain('emergency stop');
  });

  it('shows the items first that failed or wait, by the names people know, and counts the others', async () => {
    const { text } = await ann.get(`/runs/${seeded.runId}`);
    const items = [...text.matchAll(/<li class="item depth-\d"><p>(.*?)<\/p>/gs)].map((each) =>
      words(each[1] ?? '').trim(),
    );
    expect(items).toHaveLength(11);
    expect(items).toContain('Failed Invoice 3');
    expect(items).toContain('Waiting Invoice 7');
    expect(items.at(-1)).toMatch(
      /^10 of 250 shown.* Failed 1 Queued 50 Succeeded 198 Waiting 1 All of them$/,
    );
    expect(text.indexOf('Every mail')).toBeLessThan(text.indexOf('Invoice 3'));
  });
});

describe('the page of the items', () => {
  const first = () => `/runs/${seeded.runId}/items?step=run%2Fsweep`;

  it('goes through all of them, a page at a time', async () => {
    const seen = new Set<string>();
    for (let path: string | undefined = first(); path !== undefined; ) {
      const { text, status }: { text: string; status: number } = await ann.get(path);
      expect(status).toBe(200);
      for (const [name] of text.matchAll(/Invoice \d+/g)) seen.add(name);
      path = /<a [^>]*href="([^"]*cursor=[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&');
    }
    expect(seen.size).toBe(250);
  });

  it('shows one state, and keeps the loop when the filter is sent', async () => {
    const { text } = await ann.get(`${first()}&state=failed`);
    expect(words(text)).toContain('Failed Invoice 3');
    expect(text).not.toContain('Invoice 7');
    expect(text).toContain('<input type="hidden" name="step" value="run/sweep">');
  });

  it('of a state that no item is in says so, and of a step that is not there is not found', async () => {
    expect((await ann.get(`${first()}&state=cancelled`)).text).toContain('No item is in this state.');
    expect((await ann.get(`/runs/${seeded.runId}/items?step=run%2Fnone`)).status).toBe(404);
    expect((await ann.get(`/runs/${seeded.runId}/items`)).status).toBe(404);
  });
});

it('the Action center can be narrowed to the questions of one run', async () => {
  const { text } = await ann.get(`/actions?run=${seeded.runId}`);
  expect(text).toContain('Isolate server DB-1?');
  expect((await ann.get('/actions?run=run_other')).text).not.toContain('Isolate server DB-1?');
});
