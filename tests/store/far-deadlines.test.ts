import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createTimekeeper } from '../../engine/runtime/keep-time.ts';
import { openMatching } from '../match/open-matching.ts';

/* A run may take a month, and no timer of Node lasts that long: it would end at once, with a warning. */

const unused = { submit: async () => undefined, drained: async () => undefined };

it('what is due in a month is announced without a timer for a month', async () => {
  const warnings: Error[] = [];
  const hear = (warning: Error): unknown => warnings.push(warning);
  process.on('warning', hear);
  const { engine } = await openMatching();
  const timekeeper = createTimekeeper(engine.parts, unused);
  // Nothing is planned while it looks, so what is announced then is the next it would wait for.
  timekeeper.start();
  timekeeper.nudge(30 * 86_400_000);
  await timekeeper.stop();
  await sleep(20);
  process.off('warning', hear);
  expect(warnings).toEqual([]);
});

it('a process that keeps no time looks for what it was told is due soon, and at nothing else', async () => {
  const { engine } = await openMatching();
  const { database } = engine.parts;
  const asked: string[] = [];
  const heard: typeof database = {
    ...database,
    query: (text, values) => {
      asked.push(text);
      return database.query(text, values);
    },
    transaction: (...given) => {
      asked.push('a transaction');
      return database.transaction(...given);
    },
  };
  const timekeeper = createTimekeeper({ ...engine.parts, database: heard }, unused);
  timekeeper.nudge(30 * 86_400_000);
  await sleep(1_100);
  expect(asked).toEqual([]);
  timekeeper.nudge(10);
  await sleep(1_500);
  await timekeeper.stop();
  const once = { deadlines: 2, transactions: 0 };
  expect({
    deadlines: asked.filter((text) => /from deadlines/.test(text)).length,
    transactions: asked.filter((text) => text === 'a transaction').length,
  }).toEqual(once);
});
