import { type Html, html } from './html.ts';
import { moment, momentOr } from './times.ts';
import type { View } from './view.ts';

/** What goes when it is over, what went, and why something older is still here. */
export async function retentionPanel(view: View): Promise<Html> {
  const { read, tenant, textRetentionDays = null } = view.deps;
  const { days, rememberedDays, lastRound, oldestAlertAt, oldestRunAt } = await read.readRetention(tenant);
  const rows =
    days === null
      ? 'Stay for ever'
      : `Go ${days} days after all of it is over; their names are remembered for ${rememberedDays} days more`;
  const texts =
    textRetentionDays === null
      ? 'Stay for ever'
      : `May go after ${textRetentionDays} days, when two people order it`;
  return html`<dl class="facts-line"><div><dt>Alerts, incidents, runs, signals</dt><dd>${rows}</dd></div>
<div><dt>Texts of the audit log</dt><dd>${texts}</dd></div>
<div><dt>Oldest alert</dt><dd>${momentOr(oldestAlertAt, view.nowMs)}</dd></div>
<div><dt>Oldest run</dt><dd>${momentOr(oldestRunAt, view.nowMs)}</dd></div>
${
  lastRound !== null &&
  html`<div><dt>Last looked through</dt><dd>${moment(lastRound.endedAt, view.nowMs)}</dd></div>
<div><dt>Went then</dt><dd>${lastRound.removed.alerts} alerts, ${lastRound.removed.incidents} incidents, ${lastRound.removed.runs} runs and ${lastRound.removed.signals} signals that were over before ${moment(lastRound.before, view.nowMs)}</dd></div>`
}</dl>
${lastRound !== null && lastRound.kept.length > 0 && html`<p>Older than that, and kept:</p><ul>${lastRound.kept.map(({ count, says }) => html`<li>${count} ${says}</li>`)}</ul>`}`;
}
