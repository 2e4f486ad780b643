import type { ActionManifest } from '../../../engine/core/contracts/action.ts';
import type { Plan } from '../../../engine/core/contracts/plan.ts';
import { actionPage } from './action-page.ts';
import { code, page, plain, table } from './markdown.ts';
import { playbookPage } from './playbook-page.ts';

export interface DocumentedPlaybook {
  plan: Plan;
  /** The sentences of its cases. */
  cases: readonly string[];
}

/** The pages of a library by their path; the same library gives the same bytes. */
export function libraryPages(
  playbooks: readonly DocumentedPlaybook[],
  manifests: readonly ActionManifest[],
): Map<string, string> {
  const sorted = playbooks.toSorted((a, b) => (a.plan.playbook.id < b.plan.playbook.id ? -1 : 1));
  const actions = manifests.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const known = new Set(sorted.map(({ plan }) => plan.playbook.id));
  const plans = sorted.map(({ plan }) => plan);
  return new Map([
    ['README.md', indexPage(plans, actions)],
    ...sorted.map(
      ({ plan, cases }) => [`playbooks/${plan.playbook.id}.md`, playbookPage(plan, cases, known)] as const,
    ),
    ...actions.map((manifest) => [`actions/${manifest.key}.md`, actionPage(manifest, plans)] as const),
  ]);
}

function indexPage(plans: readonly Plan[], actions: readonly ActionManifest[]): string {
  const playbookRows = plans.map(({ playbook, mode, impact, triggers }) => [
    `[${plain(playbook.title)}](playbooks/${playbook.id}.md)`,
    code(playbook.id),
    [...new Set(triggers.map(({ type }) => code(type)))].join(', '),
    impact,
    `${playbook.status}, ${mode}`,
    playbook.owner === null ? '' : code(playbook.owner),
  ]);
  const actionRows = actions.map((manifest) => [
    `[${code(manifest.key)}](actions/${manifest.key}.md)`,
    plain(manifest.title),
    manifest.class,
    manifest.inverse.kind === 'action'
      ? `[${code(manifest.inverse.action)}](actions/${manifest.inverse.action}.md)`
      : manifest.inverse.kind === 'irreversible'
        ? 'never'
        : '',
  ]);
  return page([
    '# Playbooks and actions',
    'Written by `riposte docs` from the compiled playbooks and the installed actions; change those instead.',
    [
      'Playbooks',
      table(['Playbook', 'Id', 'Starts with', 'Strongest effect', 'Status, mode', 'Owner'], playbookRows),
    ],
    ['Actions', table(['Action', 'What it does', 'Class', 'Taken back by'], actionRows)],
  ]);
}
