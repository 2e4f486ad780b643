import type { JsonObject } from '../../../schemas/json.ts';
import { nonEmptyTextOf, textsOf } from '../../client/read-field.ts';

const levels = ['low', 'normal', 'high', 'critical'] as const;
type Level = (typeof levels)[number];

/**
 * A Defender machine (facts 4.7) in the words of playbooks; null if it is none.
 *
 * Tags can be written on the device itself, so they may only make us more careful: no tag turns a
 * server into something else or lowers a criticality.
 */
export function describeMachine(machine: JsonObject): JsonObject | null {
  const id = nonEmptyTextOf(machine, 'id');
  if (id === null) return null;
  const tags = textsOf(machine, 'machineTags') ?? [];
  const os = nonEmptyTextOf(machine, 'osPlatform');
  const owner = tagValues(tags, 'owner')[0];
  return {
    id,
    name: nonEmptyTextOf(machine, 'computerDnsName') ?? id,
    role: roleOf(os ?? '', tagValues(tags, 'role')),
    criticality: criticalityOf(nonEmptyTextOf(machine, 'deviceValue'), tagValues(tags, 'criticality')),
    // in lower case: a guard on a tag must not depend on how somebody typed it
    tags: tags.map((tag) => tag.toLowerCase()),
    ...optional('os', os),
    ...optional('health', snakeCase(nonEmptyTextOf(machine, 'healthStatus'))),
    ...optional('onboarding', snakeCase(nonEmptyTextOf(machine, 'onboardingStatus'))),
    ...optional('directory_id', nonEmptyTextOf(machine, 'aadDeviceId')),
    ...optional('last_ip', nonEmptyTextOf(machine, 'lastIpAddress')),
    users: tagValues(tags, 'user'),
    services: tagValues(tags, 'service'),
    ...(owner === undefined ? {} : { owner }),
  };
}

/** Linux counts as a server: asking once too often is cheaper than isolating one without asking. */
function roleOf(os: string, roles: string[]): string {
  const tagged = roles.map((role) => role.toLowerCase());
  if (/server|linux|ubuntu|debian|redhat|rhel|centos|suse/i.test(os) || tagged.includes('server'))
    return 'server';
  const [first] = tagged;
  if (first !== undefined) return first;
  return /^(windows|macos)/i.test(os) ? 'workstation' : 'unknown';
}

function criticalityOf(deviceValue: string | null, tagged: string[]): Level {
  const named = [deviceValue ?? 'normal', ...tagged].map((word) => word.toLowerCase());
  const ranks = named.map((word) => levels.indexOf(word as Level));
  return levels[Math.max(...ranks)] ?? 'normal';
}

/** `owner:Finance` gives `Finance` for `owner`; the part before the colon is compared without case. */
function tagValues(tags: string[], name: string): string[] {
  const prefix = `${name}:`;
  return tags
    .filter((tag) => tag.toLowerCase().startsWith(prefix))
    .map((tag) => tag.slice(prefix.length).trim())
    .filter((value) => value !== '');
}

/** `CanBeOnboarded` and `canBeOnboarded` both give `can_be_onboarded`. */
function snakeCase(word: string | null): string | null {
  return word === null ? null : word.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
}

function optional(name: string, value: string | null): JsonObject {
  return value === null ? {} : { [name]: value };
}
