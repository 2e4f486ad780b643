import type { Json, JsonObject } from '../../../../schemas/json.ts';
import type { Entry } from '../../contracts/entry.ts';

type Target = NonNullable<Entry['targets']>[number];

/** Observable types of OCSF by kind of target; the others have none that says more than "resource". */
const observableTypes: Readonly<Record<string, { id: number; caption: string }>> = {
  host: { id: 1, caption: 'Hostname' },
  ip: { id: 2, caption: 'IP Address' },
  user: { id: 4, caption: 'User Name' },
  domain: { id: 1, caption: 'Hostname' },
  file: { id: 8, caption: 'Hash' },
};

const hashes: Readonly<Record<number, { id: number; caption: string }>> = {
  32: { id: 1, caption: 'MD5' },
  40: { id: 2, caption: 'SHA-1' },
  64: { id: 3, caption: 'SHA-256' },
};

const resource = { id: 10, caption: 'Resource UID' };

/** What was acted on: the device or file as OCSF names it, everything as observables, and the profiles that needs. */
export function aboutTargets(named: unknown): JsonObject & { profiles: string[] } {
  // What stands in the log may have been written past us: a target that is none is left to `raw_data`.
  const targets = (Array.isArray(named) ? named : []).filter(isTarget);
  const host = targets.find(({ kind }) => kind === 'host');
  const file = targets.find(({ kind }) => kind === 'file');
  return {
    ...(host !== undefined && { device: device(host) }),
    ...(file !== undefined && { file: fileOf(file) }),
    ...(targets.length > 0 && { observables: targets.map(observable) }),
    // `actor` comes with it as well, so it is always there.
    profiles: ['host'],
  };
}

function isTarget(value: unknown): value is Target {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, id, name } = value as { [field: string]: unknown };
  return (
    typeof kind === 'string' && typeof id === 'string' && (name === undefined || typeof name === 'string')
  );
}

function device({ id, name }: Target): JsonObject {
  return { type_id: 0, type: 'Unknown', uid: id, ...(name !== undefined && { hostname: name }) };
}

/** A file is known by its hash; without a name the hash is the name, as OCSF demands one. */
function fileOf({ id, name }: Target): JsonObject {
  const algorithm = /^[0-9a-f]+$/i.test(id) ? hashes[id.length] : undefined;
  return {
    name: name ?? id,
    type_id: 1,
    type: 'Regular File',
    ...(algorithm !== undefined && {
      hashes: [{ algorithm: algorithm.caption, algorithm_id: algorithm.id, value: id }],
    }),
  };
}

function observable({ kind, id, name }: Target): Json {
  const type = Object.hasOwn(observableTypes, kind) ? observableTypes[kind] : undefined;
  // A host's or user's id is no name: without a name it is a resource.
  const named = kind === 'host' || kind === 'user' ? name : id;
  const { id: type_id, caption } = type !== undefined && named !== undefined ? type : resource;
  return { name: kind, type_id, type: caption, value: named ?? id };
}
