import type { TriggerExplanation } from '../../engine/core/match/explain-event.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { compileFiles } from './compile-files.ts';
import { explanationLines } from './explanation-text.ts';
import type { CommonOptions } from './list-command.ts';
import { printJson, printLine, say, strong } from './print.ts';
import { readAlert } from './read-alert.ts';
import { readRouting } from './read-routing.ts';
import { oneLine } from './server-text.ts';

/* `riposte explain --alert`: why each playbook would or would not start. Offline, over files. */

export interface ExplainAlertOptions extends CommonOptions {
  alert: string;
  source: string;
  routing?: string;
}

export async function explainAlert(paths: readonly string[], options: ExplainAlertOptions): Promise<void> {
  const [playbooks, { explainEvent }, { alertEvent }, { alertIdToCome }] = await Promise.all([
    compileFiles(paths.length === 0 ? ['playbooks'] : paths),
    import('../../engine/core/match/explain-event.ts'),
    import('../../engine/core/intake/alert-event.ts'),
    import('../../engine/core/preview/start-preview.ts'),
  ]);
  const alert = { ...(await readAlert(options.alert, options.source)), id: alertIdToCome };
  const routing = await readRouting(
    options.routing,
    playbooks.map(({ plan }) => plan.playbook.id),
  );
  const triggers = explainEvent(
    playbooks.map(({ plan }) => ({ plan, enabled: true })),
    routing,
    alertEvent(alertIdToCome, alert),
    Date.now(),
  );
  const starts = triggers.reduce((sum, each) => sum + each.runs.length, 0);
  // In the order in which playbooks look at it, those that start something first.
  const told = [...triggers].sort((a, b) => rank(a) - rank(b));
  if (options.json) printJson({ schemaVersion: 1, starts, triggers: told.map(withoutValues) });
  else print(told);
  say(`${starts} ${starts === 1 ? 'run' : 'runs'} would be started.`);
  say('Whether a duplicate or a full group would hold one back is known to the server only.');
}

const ranks: Partial<Record<TriggerExplanation['outcome'], number>> = { starts: 0, 'not-listening': 2 };

function rank({ outcome }: TriggerExplanation): number {
  return ranks[outcome] ?? 1;
}

function withoutValues({ runs, ...rest }: TriggerExplanation) {
  return {
    ...rest,
    runs: runs.map(({ element, inputs, mode, dedupeKey, group }) => ({
      element,
      inputs,
      mode,
      dedupeKey,
      group,
    })),
  };
}

function print(triggers: readonly TriggerExplanation[]): void {
  if (triggers.length === 0) throw new CliError(exitCodes.findings, 'None of the playbooks has a trigger.');
  let playbook = '';
  for (const each of triggers) {
    if (each.outcome === 'not-listening') continue;
    if (each.playbookId !== playbook) printLine(strong(oneLine(each.playbookId)));
    playbook = each.playbookId;
    for (const line of explanationLines([each])) printLine(`  ${line}`);
  }
  const deaf = triggers.filter(({ outcome }) => outcome === 'not-listening');
  if (deaf.length === 0) return;
  printLine(strong('Listening to something else'));
  for (const each of deaf) printLine(oneLine(`  ${each.playbookId} ${each.triggerId}: ${each.detail}`));
}
