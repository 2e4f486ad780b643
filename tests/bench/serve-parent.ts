import { once } from 'node:events';

/** What a measured process answers: each takes one plain value and returns one. */
export type Answers = { [name: string]: (asked: never) => Promise<unknown> };

export interface Asked {
  id: number;
  name: string;
  value: unknown;
}

export type Answered = { id: number; value: unknown } | { id: number; error: string };

/**
 * The child's end of `start-side.ts`. Answers one question after the other until the parent lets go, or is gone.
 * @param close runs last, whatever happened
 */
export async function serveParent(answers: Answers, close: () => Promise<void>): Promise<void> {
  if (process.send === undefined) throw new Error('started by the benchmark only');
  let last: Promise<void> = Promise.resolve();
  process.on('message', (asked: Asked) => {
    last = last.then(async () => {
      const answered = await answer(answers, asked);
      if (process.connected) process.send?.(answered);
    });
  });
  // The terminal's Ctrl-C reaches the whole group; the parent decides when its children end.
  process.on('SIGINT', () => undefined);
  await once(process, 'disconnect');
  await close();
  process.exit(0);
}

async function answer(answers: Answers, { id, name, value }: Asked): Promise<Answered> {
  try {
    const work = answers[name];
    if (work === undefined) throw new Error(`no answer to ${name}`);
    return { id, value: (await work(value as never)) ?? null };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
