import { stringify } from 'yaml';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { Chance } from '../decide/chance.ts';
import { condition, doubted, type Place } from './surroundings.ts';
import { Writer } from './write-steps.ts';

/*
 * The text of a valid playbook, made of a seed alone. It knows of the rules what an author would:
 * what is visible where, what certainly succeeded, and where an effect has no place.
 */

export function writePlaybook(seed: number): string {
  const chance = new Chance(seed);
  const writer = new Writer(chance, 3 + chance.below(16));
  const place: Place = {
    known: [],
    loops: [],
    failure: false,
    depth: 1,
    loopDepth: 0,
    top: 'main',
    harmless: false,
    maySet: true,
  };
  const main = writer.block(place, 6);
  const after = { ...place, known: doubted(main.known), depth: 2 };
  const mode = chance.of('enforce', 'enforce', 'enforce', 'ask', 'audit');
  const playbook: { [field: string]: Json } = {
    kind: 'playbook/v1',
    id: 'generated',
    title: 'A generated playbook',
    description: 'Nobody wrote it.',
    status: 'stable',
    version: '1.0.0',
    author: 'Chance',
    falsepositives: ['All of it'],
    mode,
    triggers: [{ id: 'new_alert', type: 'alert.created' }],
    inputs: {
      host_id: { type: 'string', from: '${{ alert.title }}' },
      user_id: { type: 'string', from: { new_alert: '${{ alert.category }}' } },
      sender: { type: 'string', from: 'a@example.test' },
      incident_id: { type: 'string', from: '${{ alert.title }}' },
      start_at: { type: 'string', format: 'date-time', default: '2026-12-01T00:00:00Z' },
      flag: { type: 'boolean', from: '${{ alert.severity == "high" }}' },
      word: { type: 'string', enum: ['a', 'b', 'c'], default: 'a' },
      hosts: { type: 'array', items: { type: 'string' }, default: [] },
    },
    vars: { note: 'none', loud: '${{ inputs.flag }}' },
    timeout: chance.of('30d', '2d', '50m'),
    steps: main.steps,
  };
  if (!chance.in(3)) playbook.owner = 'group:soc';
  if (chance.in(3))
    playbook.concurrency = { group: 'host/${{ inputs.host_id }}', limit: 1, on_conflict: 'queue' };
  if (chance.in(2)) playbook.guards = guards(chance, place);
  if (chance.in(3)) playbook.defaults = { retry: { max_attempts: 1 + chance.below(3) } };
  if (chance.in(2))
    playbook.on_failure = writer.block({ ...after, top: 'on_failure', failure: true }, 2).steps;
  if (chance.in(2)) playbook.finally = writer.block({ ...after, top: 'finally', harmless: true }, 2).steps;
  if (chance.in(2)) playbook.outputs = outputs(main.known.map(({ id }) => id));
  return stringify(playbook, {
    lineWidth: chance.of(0, 40, 80),
    defaultStringType: chance.of('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'),
    collectionStyle: chance.of('any', 'any', 'flow'),
  });
}

function guards(chance: Chance, place: Place): JsonObject[] {
  const applied = chance.of<string[] | null>(null, ['contain'], ['eradicate'], ['edr.isolate-host']);
  const denied = chance.of(
    'guard.target.role == "server"',
    'guard.target.?role.orValue("unknown") != "workstation"',
    'guard.target.kind == "user" && inputs.flag',
    condition(chance, place),
  );
  const limit = { targets: 2, per: '1h', scope: chance.of('run', 'playbook', 'system') };
  const guard = chance.in(3)
    ? { limit, on_exceed: chance.of('ask', 'deny') }
    : { deny_if: denied, message: 'not this one' };
  return [{ id: 'watch', ...(applied === null ? {} : { applies_to: applied }), ...guard }];
}

function outputs(ids: readonly string[]): JsonObject {
  const [first = null] = ids;
  return first === null ? { n: 1 } : { first: `\${{ steps.${first}.status }}` };
}
