import { type RawBullmqOptions, runRawBullmq } from './raw-bullmq.ts';
import { serveParent } from './serve-parent.ts';

/* Program, started by `start-side.ts`: the yard-stick alone in its process. */

await serveParent(
  {
    round: (options: RawBullmqOptions) => runRawBullmq(options),
    async cost() {
      return { cpu: process.cpuUsage(), rssBytes: process.memoryUsage.rss() };
    },
  },
  async () => undefined,
);
