import { expect, it } from 'vitest';
import { createTimekeeper } from '../../engine/runtime/keep-time.ts';
import { openMatching } from '../match/open-matching.ts';

/* A run may take a month, and no timer of Node lasts that long: it would end at once, with a warning. */

it('what is due in a month is announced without a timer for a month', async () => {
  const warnings: Error[] = [];
  const hear = (warning: Error): unknown => warnings.push(warning);
  process.on('warning', hear);
  const { engine } = await openMatching();
  const unused = { submit: async () => undefined, drained: async () => undefined };
  const timekeeper = createTimekeeper(engine.parts, unused);
  // Nothing is planned while it looks, so what is announced then is the next it would wait for.
  timekeeper.start();
  timekeeper.nudge(30 * 86_400_000);
  await timekeeper.stop();
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off('warning', hear);
  expect(warnings).toEqual([]);
});
