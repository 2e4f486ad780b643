import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { type Lab, startLab } from '../../examples/lab/start-lab.ts';
import { call, graphScope, maria, mariasInvoice, mdeScope, tokenFor, ws0117 } from './lab-client.ts';

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function dataFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lab-'));
  open.push(() => rm(folder, { recursive: true }));
  return join(folder, 'deep', 'estate.json');
}

async function start(file: string): Promise<Lab> {
  const lab = await startLab({ dataFile: file, scenario: { clock: 'manual' } });
  open.push(() => lab.close());
  return lab;
}

describe('with a data file', () => {
  test('the estate, its effects and what is under way survive a restart', async () => {
    const file = await dataFile();
    const before = await start(file);
    const mde = await tokenFor(before, mdeScope);
    const graph = await tokenFor(before, graphScope);
    await call(`${before.url}/mde/api/machines/${ws0117}/isolate`, {
      method: 'POST',
      token: mde,
      body: { Comment: 'x' },
    });
    await call(`${before.url}/graph/v1.0/users/${maria}`, {
      method: 'PATCH',
      token: graph,
      body: { accountEnabled: false },
    });
    before.estate.advance(200);
    await before.close();

    const after = await start(file);
    expect(after.estate.nowMs()).toBe(before.estate.nowMs());
    expect(after.estate.user(maria).accountEnabled).toBe(false);
    expect(after.estate.host(ws0117).actions).toMatchObject([{ status: 'InProgress' }]);
    expect(after.estate.effects().journal).toHaveLength(2);
    after.estate.advance(100);
    expect(after.estate.host(ws0117).isolation).toBe('Full');
    expect(after.estate.effect('network-isolated', `host:${ws0117}`)).toMatchObject({
      orders: 1,
      applied: 1,
    });
  });

  test('a change is written soon, without waiting for the end', async () => {
    const file = await dataFile();
    const first = await start(file);
    const graph = await tokenFor(first, graphScope);
    const body = {
      displayName: 'a',
      description: 'b',
      severity: 'low',
      action: 'moveToQuarantine',
      analyzedEmails: [{ id: mariasInvoice }],
    };
    const url = `${first.url}/graph/v1.0/security/collaboration/analyzedEmails/remediate`;
    await call(url, { method: 'POST', token: graph, body });
    await expect
      .poll(async () => (await startedFrom(file)).effects().totals.orders, { timeout: 5000 })
      .toBe(1);
  });

  test('a reset starts over in the file too', async () => {
    const file = await dataFile();
    const first = await start(file);
    const graph = await tokenFor(first, graphScope);
    await call(`${first.url}/graph/v1.0/users/${maria}/revokeSignInSessions`, {
      method: 'POST',
      token: graph,
    });
    first.estate.reset();
    await first.close();
    expect((await start(file)).estate.effects().journal).toEqual([]);
  });

  test.each(['{', '{}', 'null', '{"version":3,"hosts":[]}'])(
    'a file that holds %s is refused by name',
    async (text) => {
      const folder = await mkdtemp(join(tmpdir(), 'lab-'));
      open.push(() => rm(folder, { recursive: true }));
      const file = join(folder, 'estate.json');
      await writeFile(file, text);
      await expect(startLab({ dataFile: file })).rejects.toThrow(file);
    },
  );
});

/** A second lab that reads the file and lets go of it again. */
async function startedFrom(file: string) {
  const lab = await startLab({ dataFile: file });
  await lab.close();
  return lab.estate;
}
