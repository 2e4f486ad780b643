import { beforeAll, describe, expect, it } from 'vitest';
import { seedLoopRun } from './seed-loop.ts';
import { startApi } from './start-api.ts';

/* A run with a loop in it has too many steps for one answer. */

const api = await startApi();
let token: string;
let viewer: string;
let run: string;
beforeAll(async () => {
  token = (await api.person('ops', ['operator'])).token;
  viewer = (await api.person('vic', ['viewer'])).token;
  run = (await seedLoopRun(api.db.owner)).runId;
});

const get = async (path: string, as = token) => api.call('GET', path, { token: as });

async function all(path: string): Promise<{ path: string }[]> {
  const items: { path: string }[] = [];
  for (let next: string | null = path; next !== null; ) {
    const { body, status } = await get(next);
    expect(status).toBe(200);
    items.push(...body.items);
    next = body.next === null ? null : `${path}${path.includes('?') ? '&' : '?'}cursor=${body.next}`;
  }
  return items;
}

describe('the steps of a run', () => {
  it('come in pages, in the order of the playbook, items one after the other', async () => {
    const paths = (await all(`/v1/runs/${run}/steps`)).map(({ path }) => path);
    expect(paths).toHaveLength(203);
    expect(new Set(paths).size).toBe(203);
    expect(paths.slice(0, 4)).toEqual([
      'run/asset',
      'run/sweep',
      'run/sweep[m0]/isolate',
      'run/sweep[m1]/isolate',
    ]);
    expect(paths.slice(11, 14)).toEqual([
      'run/sweep[m9]/isolate',
      'run/sweep[m10]/isolate',
      'run/sweep[m11]/isolate',
    ]);
    expect(paths.at(-1)).toBe('run/after');
  });

  it('can be asked for by scope and by status', async () => {
    const own = await all(`/v1/runs/${run}/steps?scope=run`);
    expect(own.map(({ path }) => path)).toEqual(['run/asset', 'run/sweep', 'run/after']);
    const one = await all(`/v1/runs/${run}/steps?scope=${encodeURIComponent('run/sweep[m3]')}`);
    expect(one).toMatchObject([{ path: 'run/sweep[m3]/isolate', scope: 'run/sweep[m3]', status: 'failed' }]);
    expect(await all(`/v1/runs/${run}/steps?status=failed`)).toHaveLength(1);
  });
});

describe('the scopes of a run', () => {
  it('say how each item stands', async () => {
    const scopes = await all(`/v1/runs/${run}/scopes?step=run/sweep`);
    expect(scopes).toHaveLength(250);
    expect(scopes[7]).toEqual({
      path: 'run/sweep[m7]',
      kind: 'item',
      step: 'run/sweep',
      outer: 'run',
      index: 7,
      key: 'm7',
      state: 'waiting',
      value: { subject: 'Invoice 7' },
    });
    expect(await all(`/v1/runs/${run}/scopes?state=failed,waiting`)).toHaveLength(2);
    expect(await all(`/v1/runs/${run}/scopes?state=queued`)).toHaveLength(50);
    expect(await all(`/v1/runs/${run}/scopes?step=run/other`)).toEqual([]);
  });

  it('hide what an item is from those who may not read values', async () => {
    const { body } = await get(`/v1/runs/${run}/scopes?limit=1`, viewer);
    expect(body.items[0].value).toEqual({ subject: '[masked]' });
  });

  it('of a run that does not exist are not found, and a path that is none is refused', async () => {
    expect((await get('/v1/runs/run_none/scopes')).status).toBe(404);
    expect((await get(`/v1/runs/${run}/scopes?step=${encodeURIComponent("run' or 1=1")}`)).status).toBe(400);
  });

  it('refuse a cursor whose place is no place', async () => {
    const { body } = await get(`/v1/runs/${run}/scopes?limit=1`);
    const [version, question, , path] = JSON.parse(Buffer.from(body.next, 'base64url').toString());
    for (const place of ['{}', '{1,x}', '{99999999999}', "{1}'::text"]) {
      const forged = Buffer.from(JSON.stringify([version, question, place, path])).toString('base64url');
      expect((await get(`/v1/runs/${run}/scopes?limit=1&cursor=${forged}`)).status).toBe(400);
    }
  });
});
