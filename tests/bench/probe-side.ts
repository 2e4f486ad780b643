import pg from 'pg';
import { createGroup } from '../../engine/runtime/group-commit.ts';
import type { Json } from '../../schemas/json.ts';
import { benchAlert } from './bench-playbooks.ts';
import { keepInFlight } from './drive-runs.ts';
import { median, type RunTimes } from './percentiles.ts';
import { serveParent } from './serve-parent.ts';

/*
 * Program, started by `start-side.ts`: what the machine can write at all. A run is an alert and then, one
 * after the other, the results of three steps; each is a row that is durable before the next is sent.
 * Whatever arrives during a commit shares the next one. No matching, no decisions, no queue, no audit:
 * the engine cannot be faster than this, so the distance says what all of that costs.
 */

interface Row {
  ticket: string;
  step: number;
  body: Json;
}

const table = `
create schema if not exists probe;
create table if not exists probe.rows (ticket text, step int, body json, at timestamptz default clock_timestamp(),
  primary key (ticket, step))`;

const insert = `
insert into probe.rows (ticket, step, body)
select ticket, step, body from json_to_recordset($1::json) as x(ticket text, step int, body json)`;

let client: pg.Client | undefined;
let last = 0;

const group = createGroup<Row, void>(
  async (rows) => {
    // A statement of its own is a transaction of its own: one commit for all of them.
    await client?.query({ name: 'probe', text: insert, values: [JSON.stringify(rows)] });
    return rows.map(() => undefined);
  },
  {
    batch: { items: 128, bytes: 8_388_608 },
    waiting: { items: 5_000, bytes: 67_108_864 },
    bytesOf: () => 1_500,
  },
);

async function oneRun(): Promise<RunTimes> {
  const ticket = `${process.pid}-${++last}`;
  const submittedAt = performance.now();
  await group.submit({ ticket, step: 0, body: benchAlert(ticket, 'bench-steps') });
  const startedAt = performance.now();
  for (let step = 1; step <= 3; step++)
    await group.submit({ ticket, step, body: { ticket, next: step + 1 } });
  return { startMs: startedAt - submittedAt, endMs: performance.now() - submittedAt };
}

await serveParent(
  {
    async open({ url }: { url: string }) {
      client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(table);
    },
    /** What durability adds to a statement of one small row: with the disk, less without it. Median of 200 each. */
    async commitMs() {
      const timed = async (): Promise<number> => {
        const all: number[] = [];
        for (let turn = 0; turn < 200; turn++) {
          const ticket = `${process.pid}-commit-${++last}`;
          const beganAt = performance.now();
          await client?.query({
            name: 'probe',
            text: insert,
            values: [JSON.stringify([{ ticket, step: 0, body: 1 }])],
          });
          all.push(performance.now() - beganAt);
        }
        return median(all);
      };
      await timed();
      const durable = await timed();
      await client?.query('set synchronous_commit = off');
      const written = await timed();
      await client?.query('reset synchronous_commit');
      return Math.max(0, durable - written);
    },
    async saturate({ runs, inFlight }: { runs: number; inFlight: number }) {
      return { throughputPerSecond: (await keepInFlight(oneRun, runs, inFlight)).perSecond };
    },
  },
  async () => client?.end(),
);
