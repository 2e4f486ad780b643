import type { ActionManifest } from '../../engine/core/contracts/action.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { connectionIds, generatedRegistry } from './catalogue.ts';
import { condition, type Pen, type Place } from './surroundings.ts';

/* One action step with some of the fields that it may have. */

export const looks: readonly string[] = ['inventory.get-host', 'directory.get-user', 'mail.search-messages'];

const notices: readonly string[] = ['chat.post-message', 'edr.collect-package', 'incident.add-comment'];

/** Those that must not happen twice are asked for more often: they have the most to lose. */
const effects: readonly string[] = [...generatedRegistry.values()]
  .filter(({ class: impact }) => impact !== 'read' && impact !== 'notify')
  .flatMap(({ key, idempotent }) => (idempotent === 'no' ? [key, key, key] : [key]));

export function writeAction(pen: Pen, place: Place, among?: readonly string[]): JsonObject {
  const { chance } = pen;
  const harmless = [...looks, ...notices];
  const key = chance.of(...(among ?? (place.harmless ? harmless : [...effects, ...effects, ...harmless])));
  const manifest = generatedRegistry.get(key);
  if (manifest === undefined) throw new Error(`no action ${key}`);
  const step: { [field: string]: Json } = {
    id: pen.name('act'),
    action: key,
    with: argumentsFor(pen, place, manifest),
  };
  if (chance.in(6)) step.connection = chance.of(...connectionIds);
  if (chance.in(6)) step.timeout = '30s';
  if (chance.in(6)) step.deadline = chance.of('1m', '2h');
  if (chance.in(manifest.idempotent === 'no' ? 2 : 4)) {
    const on = chance.of<Json>(['throttled'], ['unavailable', 'timeout']);
    step.retry = { max_attempts: 1 + chance.below(3), backoff: chance.of('exponential', 'fixed'), on };
  }
  const acts = !harmless.includes(key);
  if (acts ? !chance.in(4) : chance.in(10)) step.approval = approvalFor(pen, place, manifest);
  if (acts && chance.in(2)) step.lease = chance.of<Json>('72h', { for: '8h', warn: '1h', at_end: 'release' });
  if (acts && chance.in(8)) step.rollback = 'none';
  return step;
}

function approvalFor(pen: Pen, place: Place, manifest: ActionManifest): JsonObject {
  const { chance } = pen;
  const approval: { [field: string]: Json } = {};
  if (chance.in(3)) approval.expires = '20m';
  if (chance.in(3)) approval.escalate = [{ after: '5m', to: ['oncall:ir'] }];
  if (chance.in(4) && manifest.target !== undefined) approval.editable = [manifest.target.argument];
  if (chance.in(4)) return approval;
  const lookup = place.known.find(({ action }) =>
    manifest.target?.kind === 'user' ? action === 'directory.get-user' : action === 'inventory.get-host',
  );
  if (lookup === undefined || chance.in(4)) return { ...approval, when: condition(chance, place) };
  const field = lookup.action === 'directory.get-user' ? 'is_privileged' : 'role';
  const told = `steps.${lookup.id}.outputs.${field}`;
  const guarded = lookup.certain ? told : null;
  const tests =
    field === 'role'
      ? [`steps.${lookup.id}.outputs.?role.orValue("unknown") != "workstation"`]
      : [`steps.${lookup.id}.outputs.?is_privileged.orValue(true)`];
  if (guarded !== null && field === 'role')
    tests.push(`${told} != "workstation"`, `${told} == "server"`, `!(${told} in ["workstation"])`);
  if (guarded !== null && field !== 'role') tests.push(told, `${told} == true`, `!${told}`);
  return { ...approval, when: chance.of(...tests) };
}

function argumentsFor(pen: Pen, place: Place, manifest: ActionManifest): JsonObject {
  const { chance } = pen;
  const host = place.loops.find(({ of }) => of === 'host');
  const mail = place.loops.find(({ of }) => of === 'mail');
  const values: { [argument: string]: () => Json } = {
    host_id: () =>
      host !== undefined && !chance.in(4)
        ? `\${{ ${host.as} }}`
        : chance.of('${{ inputs.host_id }}', '${{ inputs.host_id }}', 'H2'),
    user_id: () => chance.of('${{ inputs.user_id }}', '${{ inputs.user_id }}', 'U2'),
    sender: () => (mail !== undefined && chance.in(2) ? `\${{ ${mail.as}.id }}` : '${{ inputs.sender }}'),
    message_id: () => (mail === undefined ? 'm9' : `\${{ ${mail.as}.id }}`),
    mailbox: () => 'box@example.test',
    text: () => chance.of('Look at ${{ inputs.host_id }}', 'Run ${{ run.id }}: ${{ vars.note }}'),
    incident_id: () => '${{ inputs.incident_id }}',
  };
  const required = (manifest.input.required ?? []) as string[];
  return Object.fromEntries(required.map((name) => [name, values[name]?.() ?? 'x']));
}
