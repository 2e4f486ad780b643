import { styleText } from 'node:util';
import { defaultTenant } from '../../../schemas/ids.ts';
import type { Started } from '../started.ts';
import type { DemoPeople } from './admit-people.ts';
import { revealHidden } from './reveal-hidden.ts';

interface Effects {
  action: string;
  count: number;
  medianMs: number;
}

/** What was done, what waits for whom, and what to type next. */
export async function printSummary(
  started: Started,
  out: NodeJS.WriteStream,
  people: DemoPeople,
  once: boolean,
): Promise<void> {
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    started.config.color ? styleText(style, text, { stream: out, validateStream: true }) : text;
  const [effects, waiting, runs] = await Promise.all([
    readEffects(started),
    readWaiting(started),
    readRuns(started),
  ]);
  const counts = new Map(effects.map((each) => [each.action, each]));
  const row = (label: string, action: string) => {
    const found = counts.get(action);
    const took =
      found === undefined
        ? ''
        : paint('dim', `  median ${(found.medianMs / 1000).toFixed(1)} s from alert to confirmed effect`);
    out.write(`  ${label.padEnd(22)} ${paint('bold', String(found?.count ?? 0).padStart(3))}${took}\n`);
  };
  out.write(`\n  ${paint('bold', 'Summary')}\n`);
  row('hosts isolated', 'edr.isolate-host');
  row('users disabled', 'directory.disable-user');
  row('sessions revoked', 'directory.revoke-sessions');
  row('mails quarantined', 'mail.quarantine-message');
  out.write(`  ${'waiting for people'.padEnd(22)} ${paint('bold', String(waiting.length).padStart(3))}\n`);
  out.write(
    `  ${'runs'.padEnd(22)} ${paint('bold', String(runs.total).padStart(3))}  ${paint('dim', runs.text)}\n`,
  );
  if (waiting.length === 0) {
    out.write(`\n  ${paint('dim', 'Nothing waits for a person.')}\n\n`);
    return;
  }
  out.write(`\n  ${paint('bold', 'Waiting')}\n`);
  for (const each of waiting) {
    out.write(`  ${paint('yellow', '✋')} ${revealHidden(each.question)}\n`);
    out.write(
      `     ${paint('dim', `${each.approvers.join(', ')} · ${each.votes} of ${each.quorum} · expires ${each.expires.toISOString().slice(11, 16)} UTC`)}\n`,
    );
    out.write(`     npx riposte approve ${each.id}\n`);
  }
  if (once) {
    out.write(
      `\n  ${paint('dim', 'This ends here, and what waits goes on waiting. "npm start" goes on with it; then decide from the next terminal.')}\n\n`,
    );
    return;
  }
  out.write(
    `\n  ${paint('dim', `From the next terminal; you speak as ${people.approver}, --as cy is a second person, and the pages are at`)}\n`,
  );
  out.write(`  ${people.signInUrl}\n\n`);
}

async function readEffects(started: Started): Promise<Effects[]> {
  const { rows } = await started.riposte.database.query<Effects>(
    `select s.action, count(*)::int as count,
       percentile_cont(0.5) within group (order by extract(epoch from s.finished_at - coalesce(a.received_at, r.created_at)) * 1000)::float8 as "medianMs"
     from steps s
     join runs r on r.tenant_id = s.tenant_id and r.id = s.run_id
     left join alerts a on a.tenant_id = r.tenant_id and a.id = r.alert_id
     where s.tenant_id = $1 and s.status = 'succeeded' and not s.simulated and s.action is not null
     group by s.action`,
    [defaultTenant],
  );
  return rows;
}

interface Waiting {
  id: string;
  question: string;
  approvers: string[];
  quorum: number;
  votes: number;
  expires: Date;
}

async function readWaiting(started: Started): Promise<Waiting[]> {
  const { rows } = await started.riposte.database.query<Waiting>(
    `select p.id, p.card->>'question' as question, p.approvers, p.quorum, p.approve_before as expires,
       (select count(*)::int from standing_decisions d where d.tenant_id = p.tenant_id and d.approval_id = p.id) as votes
     from approvals p where p.tenant_id = $1 and p.state = 'pending' order by p.approve_before`,
    [defaultTenant],
  );
  return rows;
}

async function readRuns(started: Started): Promise<{ total: number; text: string }> {
  const { rows } = await started.riposte.database.query<{ state: string; count: number }>(
    'select state, count(*)::int as count from runs where tenant_id = $1 group by state order by state',
    [defaultTenant],
  );
  return {
    total: rows.reduce((sum, row) => sum + row.count, 0),
    text: rows.map((row) => `${row.count} ${row.state}`).join(' · '),
  };
}
