import { isObject } from './read-strict-body.ts';

/**
 * One misbehaviour for requests that match.
 *
 * `method`: exact, in capitals; absent: any. `path`: as sent, without the query; `*` stands for any
 * text. `bodyIncludes`: the request body contains this. `skip`: lets so many matches through first.
 * `times`: how often it strikes, 1 if absent; null: until it is cleared.
 */
export interface Fault {
  method?: string;
  path: string;
  bodyIncludes?: string;
  skip?: number;
  times?: number | null;
  does: FaultDeed;
}

export type FaultDeed =
  /** Answers late and, like a slow server, also applies late: even when the client has gone by then. */
  | { kind: 'delay'; ms: number }
  /** 429; null: without `Retry-After`. Nothing is applied. */
  | { kind: 'throttle'; retryAfterSeconds: number | null }
  /** 5xx, nothing is applied. */
  | { kind: 'fail-before'; status: 500 | 502 | 503 | 504 }
  | { kind: 'drop-before' }
  | { kind: 'apply-then-drop' }
  /** Applies and never answers; the connection stays open until the client gives up. */
  | { kind: 'apply-then-hang' }
  | { kind: 'apply-then-fail'; status: 500 | 502 | 503 | 504 }
  /** 401 as for an expired token. */
  | { kind: 'expire-token' }
  /** The machine action that this request creates ends so; `never`: it stays Pending. */
  | { kind: 'end-machine-action'; as: 'Failed' | 'TimeOut' | 'never' };

export interface ListedFault extends Fault {
  id: number;
  struck: number;
  /** Null: no limit. */
  left: number | null;
}

export interface FaultRules {
  add(fault: Fault): number;
  list(): ListedFault[];
  clear(): void;
  /** Every deed that strikes this request, counted as struck. */
  strike(method: string, path: string, body: string): FaultDeed[];
}

export function createFaultRules(): FaultRules {
  let rules: (ListedFault & { pattern: RegExp; toSkip: number })[] = [];
  let lastId = 0;

  return {
    add(fault) {
      lastId += 1;
      const left = fault.times === undefined ? 1 : fault.times;
      rules.push({
        ...fault,
        id: lastId,
        struck: 0,
        left,
        toSkip: fault.skip ?? 0,
        pattern: globPattern(fault.path),
      });
      return lastId;
    },
    list: () => rules.map(({ pattern: _pattern, toSkip: _toSkip, ...rule }) => ({ ...rule })),
    clear() {
      rules = [];
    },
    strike(method, path, body) {
      if (rules.length === 0) return [];
      const deeds: FaultDeed[] = [];
      for (const rule of rules) {
        if (rule.left === 0) continue;
        if (rule.method !== undefined && rule.method !== method) continue;
        if (!rule.pattern.test(path)) continue;
        if (rule.bodyIncludes !== undefined && !body.includes(rule.bodyIncludes)) continue;
        if (rule.toSkip > 0) {
          rule.toSkip -= 1;
          continue;
        }
        if (rule.left !== null) rule.left -= 1;
        rule.struck += 1;
        deeds.push(rule.does);
      }
      return deeds;
    },
  };
}

function globPattern(glob: string): RegExp {
  const literal = glob.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${literal.replaceAll('*', '.*')}$`, 's');
}

/** Reads a fault that came over HTTP; throws an `Error` that says what is wrong. */
export function parseFault(value: unknown): Fault {
  if (!isObject(value)) throw new Error('A fault is an object.');
  const { method, path, bodyIncludes, skip, times, does, ...rest } = value;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw new Error(`A fault has no '${unknown}'.`);
  if (typeof path !== 'string')
    throw new Error("'path' must be a pattern such as /mde/api/machines/*/isolate.");
  if (method !== undefined && (typeof method !== 'string' || !/^[A-Z]+$/.test(method)))
    throw new Error("'method' must be a method in capitals.");
  if (bodyIncludes !== undefined && typeof bodyIncludes !== 'string')
    throw new Error("'bodyIncludes' must be a string.");
  if (skip !== undefined && !isCount(skip)) throw new Error("'skip' must be a whole number.");
  if (times !== undefined && times !== null && !isCount(times))
    throw new Error("'times' must be a whole number or null.");
  return {
    path,
    does: parseDeed(does),
    ...(method === undefined ? {} : { method }),
    ...(bodyIncludes === undefined ? {} : { bodyIncludes }),
    ...(skip === undefined ? {} : { skip }),
    ...(times === undefined ? {} : { times }),
  };
}

function parseDeed(value: unknown): FaultDeed {
  if (!isObject(value)) throw new Error("'does' must be an object with a 'kind'.");
  const { kind } = value;
  switch (kind) {
    case 'delay':
      if (!isCount(value.ms)) throw new Error("'does.ms' must be a whole number of milliseconds.");
      return { kind, ms: value.ms };
    case 'throttle': {
      const { retryAfterSeconds } = value;
      if (retryAfterSeconds !== null && !isCount(retryAfterSeconds))
        throw new Error("'does.retryAfterSeconds' must be a whole number or null.");
      return { kind, retryAfterSeconds };
    }
    case 'fail-before':
    case 'apply-then-fail': {
      const status = ([500, 502, 503, 504] as const).find((known) => known === value.status);
      if (status === undefined) throw new Error("'does.status' must be 500, 502, 503 or 504.");
      return { kind, status };
    }
    case 'drop-before':
    case 'apply-then-drop':
    case 'apply-then-hang':
    case 'expire-token':
      return { kind };
    case 'end-machine-action': {
      const as = (['Failed', 'TimeOut', 'never'] as const).find((known) => known === value.as);
      if (as === undefined) throw new Error("'does.as' must be Failed, TimeOut or never.");
      return { kind, as };
    }
    default:
      throw new Error(`'does.kind' is not known: ${String(kind)}.`);
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
