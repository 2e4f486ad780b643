import { styleText } from 'node:util';
import { defaultTenant } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Started } from '../started.ts';
import type { DemoPeople } from './admit-people.ts';
import { lineOf } from './line-of.ts';

/*
 * The terminal's story, told from the audit log itself: what is shown has been written down, and
 * what has been written down is shown.
 */

export interface Narrator {
  head(people: DemoPeople): void;
  /** Starts telling what is written from now on. */
  begin(): Promise<void>;
  /** Waits until everything written so far has been told. */
  caughtUp(): Promise<void>;
  note(text: string): void;
  end(): Promise<void>;
}

const lookMs = 120;

export function createNarrator(started: Started, out: NodeJS.WriteStream): Narrator {
  const { database } = started.riposte;
  let next = 0;
  let timer: NodeJS.Timeout | undefined;
  let telling: Promise<void> = Promise.resolve();

  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    started.config.color ? styleText(style, text, { stream: out, validateStream: true }) : text;

  /** One line that is always the last on a terminal; elsewhere there are only plain lines. */
  const status = { alerts: 0, done: 0, waiting: 0, refused: 0 };
  const clearStatus = () => (out.isTTY ? out.write('\x1b[2K\r') : false);
  const drawStatus = () =>
    out.isTTY
      ? out.write(
          paint(
            'dim',
            `  ${status.alerts} alerts · ${status.done} effects · ${status.waiting} waiting for people · ${status.refused} refused · ${next} entries in the audit log`,
          ),
        )
      : false;

  function count(type: unknown): void {
    if (type === 'alert.accepted') status.alerts += 1;
    if (type === 'action.succeeded') status.done += 1;
    if (type === 'approval.requested' || type === 'approval.joined') status.waiting += 1;
    if (type === 'guard.denied') status.refused += 1;
    if (typeof type === 'string' && /^approval\.(granted|denied|expired|cancelled|superseded)$/.test(type)) {
      status.waiting = Math.max(0, status.waiting - 1);
    }
  }

  async function tell(): Promise<void> {
    const { rows } = await database.query<{ idx: number; entry: Buffer; at: Date }>(
      'select idx, entry, at from audit_log where tenant_id = $1 and idx >= $2 order by idx limit 500',
      [defaultTenant, next],
    );
    if (rows.length === 0) return;
    clearStatus();
    for (const row of rows) {
      next = Number(row.idx) + 1;
      const entry = JSON.parse(row.entry.toString('utf8')) as JsonObject;
      count(entry.type);
      const line = lineOf(entry);
      if (line === null) continue;
      const time = row.at.toISOString().slice(11, 19);
      out.write(`  ${paint('dim', time)}  ${paint(line.style, line.mark)} ${line.text}\n`);
    }
    drawStatus();
  }

  return {
    head(people) {
      const { publicUrl, config } = started;
      out.write(
        `\n  ${paint(['bold', 'cyan'], 'Riposte')}  ${paint('dim', 'answers attacks, asks before it hurts, remembers everything')}\n\n`,
      );
      out.write(`  Console   ${paint('bold', people.signInUrl)}  ${paint('dim', '(one-time sign-in)')}\n`);
      out.write(`  API       ${publicUrl}/v1  ${paint('dim', `· ${publicUrl}/openapi.json`)}\n`);
      out.write(`  Data      ${config.dataDir}${config.queue === null ? '' : '  · queues in Redis'}\n`);
      out.write(
        `  Estate    ${started.lab?.url ?? 'the configured connections'}  ${paint('dim', 'a lab full of hosts, users and mails')}\n\n`,
      );
    },
    async begin() {
      const { rows } = await database.query<{ size: number }>(
        'select coalesce(max(idx) + 1, 0) as size from audit_log where tenant_id = $1',
        [defaultTenant],
      );
      next = Number(rows[0]?.size ?? 0);
      timer = setInterval(() => {
        telling = telling.then(tell).catch(() => undefined);
      }, lookMs);
    },
    async caughtUp() {
      await started.riposte.sequencer?.flush().catch(() => 0);
      telling = telling.then(tell);
      await telling;
      clearStatus();
    },
    note(text) {
      if (text !== '') out.write(`\n  ${paint('dim', text)}\n`);
    },
    async end() {
      clearInterval(timer);
      await telling;
    },
  };
}
