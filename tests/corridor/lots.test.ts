import { getEventListeners } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActionContext, ActionOutcome } from '../../engine/core/contracts/action.ts';
import type { Inbound, Reported } from '../../engine/runtime/inbound.ts';
import { performClaimed, performLot, type WorkerParts } from '../../engine/runtime/perform-lot.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import type { ClaimedAttempt } from '../../engine/runtime/store/queries/claim-attempts.ts';
import { type AttemptId, defaultTenant, type RunId } from '../../schemas/ids.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { watchQueries } from '../support/watch-queries.ts';
import { hostAlert, isolateStep, madePlaybook, tellStep, until, ws0117 } from './questions.ts';

/* What becomes of the others, and of what is known already, when one attempt of a lot or one commit breaks off. */

const lostAnswer = new Error('Connection terminated unexpectedly');

describe('a lot of which one attempt breaks off', () => {
  const attempt = (id: string): ClaimedAttempt => ({
    id: id as AttemptId,
    runId: `run_${id}` as RunId,
    path: 'run',
    fence: 1,
    purpose: 'perform',
    number: 1,
    action: `made.${id}`,
    version: '1.0.0',
    class: 'notify',
    system: 'made',
    connection: 'lab',
    arguments: {},
    handle: null,
    actionKey: id,
    timeoutMs: 60_000,
    look: null,
  });

  function workerOf(
    perform: { [id: string]: (context: ActionContext) => Promise<ActionOutcome> },
    submit: (inbound: Inbound) => Promise<void>,
    database: Partial<Database>,
  ): WorkerParts {
    const registry = new Map(
      Object.entries(perform).map(([id, act]) => [
        `made.${id}`,
        { manifest: { version: '1.0.0' }, perform: act },
      ]),
    );
    return {
      engine: { database, tenant: defaultTenant, log: () => undefined, leaseMarginMs: 10_000 },
      advancer: { submit, drained: async () => undefined },
      registry,
      http: {},
      worker: 'test',
      connection: (system: string, id: string) => ({ id, system, settings: {}, secret: async () => '' }),
      clock: { nowMs: Date.now },
    } as unknown as WorkerParts;
  }

  const done = async (): Promise<ActionOutcome> => ({ kind: 'succeeded', outputs: {} });

  it('is awaited, and what somebody breaks off meanwhile is told so', async () => {
    let broken = false;
    const reported: string[] = [];
    const slow = ({ signal }: ActionContext) =>
      new Promise<ActionOutcome>((resolve) => {
        signal.addEventListener('abort', () => resolve({ kind: 'unknown', message: 'broken off' }));
      });
    const worker = workerOf(
      { poisoned: done, slow },
      async ({ runId }) => {
        if (runId !== 'run_poisoned') return void reported.push(runId);
        broken = true;
        throw Object.assign(new Error('its outcome cannot be stored'), { code: '22P05' });
      },
      // Somebody cancels once the other one has broken off.
      { query: async () => ({ rows: broken ? [{ id: 'slow' }] : [], rowCount: 0 }) as never },
    );
    const both = [attempt('poisoned'), attempt('slow')];
    const lot = performClaimed(worker, both, performance.now(), new AbortController().signal);
    await expect(lot).rejects.toThrow('cannot be stored');
    expect(reported).toEqual(['run_slow']);
  });

  it.each([
    ['its time is over', 20, 'TimeoutError'],
    ['the worker stops', 60_000, 'the process is stopping'],
  ])('is broken off when %s, and leaves nothing with the worker', async (_, timeoutMs, expected) => {
    const seen: unknown[] = [];
    const heard = Promise.withResolvers<void>();
    const waiting = ({ signal }: ActionContext) =>
      new Promise<ActionOutcome>((resolve) => {
        signal.addEventListener('abort', () => {
          seen.push(signal.reason);
          resolve({ kind: 'unknown', message: 'broken off' });
        });
        heard.resolve();
      });
    const stop = new AbortController();
    const none = { query: async () => ({ rows: [], rowCount: 0 }) as never };
    const worker = workerOf({ quick: done, waiting }, async () => undefined, none);
    const both = [attempt('quick'), { ...attempt('waiting'), timeoutMs }];
    const lot = performClaimed(worker, both, performance.now(), stop.signal);
    await heard.promise;
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1);
    if (timeoutMs > 1_000) stop.abort(new Error(expected));
    await lot;
    const [reason] = seen as [Error];
    expect([reason.name, reason.message]).toContain(expected);
    expect(getEventListeners(stop.signal, 'abort')).toEqual([]);
  });

  it('performs what it has claimed when the rest cannot be', async () => {
    const reported: string[] = [];
    let asked = 0;
    const worker = workerOf({ first: done, second: done }, async ({ runId }) => void reported.push(runId), {
      transaction: async (work) => {
        asked += 1;
        if (asked === 1) throw Object.assign(new Error('two orders to one target'), { code: '23505' });
        if (asked === 3) throw lostAnswer;
        return (await work({ query: async () => ({ rows: [attempt('first')] }) } as never)) as never;
      },
    });
    const ids = ['first', 'second'] as AttemptId[];
    await performLot(worker, ids, new AbortController().signal);
    expect(asked).toBe(3);
    expect(reported).toEqual(['run_first']);
  });
});

describe('an outcome whose commit breaks off', () => {
  let corridor: Corridor;
  /** Of the next reports. */
  let strikes = 0;
  const watch = watchQueries((text) => {
    if (!text.includes(`set state = 'done', outcome`) || strikes === 0) return;
    strikes -= 1;
    throw lostAnswer;
  });

  beforeAll(async () => {
    corridor = await openCorridor({ playbooks: [], watch });
    await corridor.publish(madePlaybook('known', `${isolateStep}${tellStep}`));
  });
  afterAll(() => corridor.close());

  it('is reported again, and not asked of the target', async () => {
    strikes = 3;
    await corridor.sendBody(hostAlert('known', 'known-1', ws0117));
    await until(async () => (await corridor.runs()).some(({ state }) => state === 'succeeded'));
    expect(strikes).toBe(0);
    const [run] = await corridor.runs();
    const types = (await corridor.story(run?.id)).map(({ type }) => type);
    expect(types.filter((type) => type === 'action.unknown' || type === 'action.lease-lost')).toEqual([]);
  }, 60_000);

  it('is not said to have come too late when it comes again after a commit that nobody answered', async () => {
    const [run] = await corridor.runs();
    const { rows } = await corridor.database.owner.query<{
      id: AttemptId;
      path: string;
      fence: number;
      outcome: never;
    }>(`select id, scope_path as path, fence, outcome from attempts where purpose = 'perform' order by id`);
    const before = await corridor.story();
    // As a crowd is repeated one by one.
    await Promise.all(
      rows.map(({ id, path, fence, outcome }) => {
        const reported: Reported = { of: 'action', outcome };
        const inbound = { runId: run?.id as RunId, path, attemptId: id, fence, reported };
        return corridor.engine.advancer.submit({ kind: 'report', ...inbound });
      }),
    );
    expect(rows).toHaveLength(2);
    expect(await corridor.story()).toEqual(before);
    const [other] = rows;
    const reported: Reported = {
      of: 'action',
      outcome: { kind: 'unknown', message: 'somebody else was faster' },
    };
    await corridor.engine.advancer.submit({
      ...{ kind: 'report', runId: run?.id as RunId, path: 'run', reported },
      ...{ attemptId: other?.id as AttemptId, fence: 0 },
    });
    expect((await corridor.story()).map(({ type }) => type).at(-1)).toBe('action.lease-lost');
  });
});
