import type { ActionManifest, Idempotency } from '../../../engine/core/contracts/action.ts';
import type { Plan } from '../../../engine/core/contracts/plan.ts';
import { showDuration } from '../../../engine/core/preview/show-duration.ts';
import { everyStep } from '../../../engine/core/run/list-steps.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import { code, list, outside, page, paragraphs, plain, table } from './markdown.ts';

/** What one action does to the world and what it needs; `plans` tell who uses and who guards it. */
export function actionPage(manifest: ActionManifest, plans: readonly Plan[]): string {
  const users = plans.filter((plan) => usesAction(plan, manifest.key));
  return page([
    `# ${plain(manifest.title)}`,
    facts(manifest),
    paragraphs(manifest.description),
    ['Takes', fieldTable(manifest.input)],
    ['Gives', fieldTable(manifest.output, manifest.untrusted)],
    ['Taken back', takenBack(manifest)],
    ['Tried again', repeats[manifest.idempotent]],
    ['Permissions', list(manifest.permissions.map(code))],
    ['Fails with', manifest.failureCodes.map(code).join(', ')],
    [
      'Used by',
      list(users.map(({ playbook }) => `[${plain(playbook.title)}](../playbooks/${playbook.id}.md)`)),
    ],
    ['Guarded by', list(users.flatMap((plan) => guardsOf(plan, manifest)))],
    ['The vendor says', list(manifest.docs.map(outside))],
    '[All playbooks and actions](../README.md)',
  ]);
}

export function usesAction(plan: Plan, key: string): boolean {
  return everyStep(plan).some((step) => step.kind === 'action' && step.action.key === key);
}

const repeats: Record<Idempotency, string> = {
  native: 'A repeat has no second effect: the target takes care of it.',
  'check-then-act': 'The state is read first; where it holds already, nothing is sent.',
  no: 'A repeat would be a second effect. After an unknown outcome only a person may repeat it.',
};

function facts(manifest: ActionManifest): string {
  const rows: [string, string][] = [
    ['Key', code(`${manifest.key}@${manifest.version.split('.', 1)[0]}`)],
    ['Version', code(manifest.version)],
    ['Class', manifest.class],
    [
      'Target',
      manifest.target === undefined
        ? 'none'
        : `${manifest.target.kind}, named by ${code(manifest.target.argument)}`,
    ],
    ['Effect', plain(manifest.effectSentence.replace('{name}', '…'))],
    ['One attempt', `at most ${showDuration(manifest.timeoutMs)}`],
    ['Secrets', manifest.secrets.map(code).join(', ')],
  ];
  return table(
    ['', ''],
    rows.filter(([, value]) => value !== ''),
  );
}

function takenBack({ inverse }: ActionManifest): string {
  switch (inverse.kind) {
    case 'action':
      return `By [${code(inverse.action)}](${inverse.action}.md).`;
    case 'irreversible':
      return `It cannot be. ${plain(inverse.reason)}`;
    case 'not-needed':
      return 'Nothing to take back.';
  }
}

function fieldTable(schema: JsonObject, untrusted: readonly string[] = []): string {
  const fields = isJsonObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required : [];
  const rows = Object.entries(fields).map(([name, field]) => [
    code(name),
    typeOf(field),
    required.includes(name) ? 'yes' : '',
    `${isJsonObject(field) && typeof field.description === 'string' ? plain(field.description) : ''}${untrusted.includes(name) ? ' **From outside: attacker text.**' : ''}`,
  ]);
  return table(['Field', 'Type', 'Always', 'What'], rows);
}

function typeOf(field: Json | undefined): string {
  if (!isJsonObject(field)) return 'any';
  if (Array.isArray(field.enum)) return field.enum.map((value) => code(String(value))).join(', ');
  if (field.const !== undefined) return code(String(field.const));
  if (field.type === 'array') return `list of ${typeOf(field.items)}`;
  return typeof field.type === 'string' ? field.type : 'any';
}

/** Guards name classes, keys or steps. */
function guardsOf(plan: Plan, manifest: ActionManifest): string[] {
  const steps = everyStep(plan).flatMap((step) =>
    step.kind === 'action' && step.action.key === manifest.key ? [step.id] : [],
  );
  const names = [manifest.class, manifest.key, ...steps];
  return plan.guards
    .filter((guard) => guard.appliesTo.some((name) => names.includes(name)))
    .map(({ id, message }) =>
      `${code(id)} of [${plain(plan.playbook.title)}](../playbooks/${plan.playbook.id}.md). ${plain(message)}`.trimEnd(),
    );
}
