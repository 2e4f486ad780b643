import type { Sql } from '../../engine/runtime/store/sql.ts';
import { verifyAudit } from '../../engine/runtime/verify-audit.ts';
import { defaultTenant } from '../../schemas/ids.ts';
import { waitsForApproval } from './bench-playbooks.ts';
import { denyAll } from './deny-all.ts';
import { keepInFlight, submitAtRate } from './drive-runs.ts';
import { addMeters } from './meter-stations.ts';
import { openRiposte, type Riposte, type RiposteUrls } from './open-riposte.ts';
import { latenciesOf } from './percentiles.ts';
import { readLists } from './read-lists.ts';
import { readMemory } from './read-memory.ts';
import { readListsAndDeadlines, waitingBytes, waitUntilParked } from './read-waiting.ts';
import { readWritten, watchSockets } from './read-written.ts';
import type { Work } from './report.ts';
import { serveParent } from './serve-parent.ts';

/* Program, started by `start-side.ts`: the engine and what drives it, in one process as the yard-stick. */

let riposte: Riposte | undefined;
let work: Work = 'plain';

function opened(): Riposte {
  if (riposte === undefined) throw new Error('not open');
  return riposte;
}

const oneRun = () => opened().oneRun(work);

const answers = {
  /** Answers how long it took until the engine ran. */
  async open(urls: RiposteUrls): Promise<{ openMs: number }> {
    watchSockets();
    const beganAt = performance.now();
    riposte = await openRiposte(urls);
    return { openMs: performance.now() - beganAt };
  },
  publish: ({ source }: { source: string }) => opened().publish(source),
  publishRouting: ({ source }: { source: string }) => opened().publishRouting(source),
  /** Runs are those from here on. */
  async publishWork(asked: { work: Work }) {
    await opened().publishWork(asked.work);
    work = asked.work;
  },
  publishApproval: () => opened().publish(waitsForApproval),
  async saturate({ runs, inFlight }: { runs: number; inFlight: number }) {
    const { perSecond, all } = await keepInFlight(oneRun, runs, inFlight);
    return { throughputPerSecond: perSecond, latencies: latenciesOf(all) };
  },
  /** Alerts that start nothing, one category after the other; counted until every one of them was looked at. */
  async match({ alerts, inFlight, categories }: { alerts: number; inFlight: number; categories: string[] }) {
    let sent = 0;
    const lane = async (): Promise<void> => {
      while (sent < alerts) await opened().send(categories[sent++ % categories.length] ?? '');
    };
    const beganAt = performance.now();
    await Promise.all(Array.from({ length: Math.min(inFlight, alerts) }, lane));
    await untilNone(opened().database, `select count(*)::int as left from alerts where state = 'accepted'`);
    return { perSecond: (alerts * 1_000) / (performance.now() - beganAt) };
  },
  sealed: () => untilSealed(opened().database),
  async submitAtRate({ runs, perSecond }: { runs: number; perSecond: number }) {
    return latenciesOf(await submitAtRate(oneRun, runs, perSecond));
  },
  /** @param all how many wait then, with those that did before */
  async park({ runs, inFlight, all }: { runs: number; inFlight: number; all: number }) {
    let left = runs;
    const lane = async (): Promise<void> => {
      while (left-- > 0) await opened().park();
    };
    const beganAt = performance.now();
    await Promise.all(Array.from({ length: Math.min(inFlight, runs) }, lane));
    await waitUntilParked(opened().database, all);
    return { perSecond: (runs * 1_000) / (performance.now() - beganAt) };
  },
  readWaiting: () => readListsAndDeadlines(opened().database),
  readLists: () => readLists(opened().database),
  waitingBytes: () => waitingBytes(opened().database),
  async cost() {
    const { app, ledger } = opened();
    return {
      cpu: process.cpuUsage(),
      rssBytes: process.memoryUsage.rss(),
      statements: app.statements + ledger.statements,
      transactions: app.transactions + ledger.transactions,
      stations: addMeters(app.stations, ledger.stations),
    };
  },
  written: () => readWritten(opened().database),
  async rest({ ms }: { ms: number }) {
    await new Promise((resolve) => setTimeout(resolve, ms));
  },
  async settledMemory() {
    await collect();
    return process.memoryUsage();
  },
  async memory() {
    await untilSealed(opened().database);
    await collect();
    return readMemory();
  },
  denyAll: () => denyAll(opened()),
  async statements() {
    const count = new Map<string, number>();
    for (const [text, times] of [...opened().app.byText, ...opened().ledger.byText]) {
      const firstWords = text.replace(/\s+/g, ' ').trim().slice(0, 60);
      count.set(firstWords, (count.get(firstWords) ?? 0) + times);
    }
    return [...count].sort((one, other) => other[1] - one[1]);
  },
  /** What the rates were worth: every run has succeeded and the log proves it. Throws when not. */
  async prove({ runs }: { runs: number }) {
    const { database } = opened();
    const { rows } = await database.query<{ state: string; runs: number; steps: number }>(
      `select r.state, count(distinct r.id)::int as runs, count(s.path) filter (where s.status = 'succeeded')::int as steps
       from runs r join steps s on s.tenant_id = r.tenant_id and s.run_id = r.id
       where r.playbook_id in ('bench-three-steps', 'bench-usual-steps', 'bench-contain-steps') group by r.state`,
    );
    const [only, ...others] = rows;
    if (others.length > 0 || only?.state !== 'succeeded' || only.runs !== runs || only.steps !== 3 * runs)
      throw new Error(`of ${runs} runs with 3 steps these are in the database: ${JSON.stringify(rows)}`);
    await untilSealed(database);
    const found = await verifyAudit(database, defaultTenant);
    if (!found.ok) throw new Error(`the audit log does not verify: ${JSON.stringify(found.problems[0])}`);
    return { entries: found.size };
  },
};

const untilSealed = (sql: Sql) => untilNone(sql, 'select count(*)::int as left from audit_pending');

async function untilNone(sql: Sql, question: string): Promise<void> {
  for (;;) {
    const { rows } = await sql.query<{ left: number }>(question);
    if (rows[0]?.left === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Until the collector finds nothing more, so that two readings can be compared. */
async function collect(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    globalThis.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

await serveParent(answers, async () => riposte?.close());
