import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import type { ActionManifest, ActionRegistry, Connection } from '../core/contracts/action.ts';
import type { PlanAction } from '../core/contracts/plan.ts';
import type { SaysWhatGoesOut } from '../core/run/context.ts';

/**
 * Asks actions whose requests their operator has written what would go out now. What a playbook was published with
 * has to be true still: a request that became bolder must not pass as what it was.
 */
export function saysWhatGoesOut(
  registry: ActionRegistry,
  connections: readonly Connection[],
): SaysWhatGoesOut {
  return (pinned, id, values) => {
    const action = registry.get(pinned.key);
    // One that is gone is refused by whoever would send it.
    if (action?.sends === undefined) return { ok: true, shows: {} };
    if (isDeepStrictEqual(judgedBy(pinned), judgedBy(action.manifest))) {
      const system = pinned.key.slice(0, pinned.key.indexOf('.'));
      const connection = connections.find((each) => each.system === system && each.id === id);
      return connection === undefined
        ? { ok: false, message: `no connection "${id}" of ${system} is here` }
        : action.sends(connection, values);
    }
    const what = `its operator changed what ${pinned.key} takes, does or how it is taken back`;
    return { ok: false, message: `${what} since the playbook was published; publish it again` };
  };
}

/** What guards, modes, holds and undo go by. */
function judgedBy(action: PlanAction | ActionManifest): unknown {
  const { input, target, effect, idempotent, inverse } = action;
  return plain([action.class, withoutWords(input), target ?? null, effect ?? null, idempotent, inverse]);
}

/** Another description of an argument makes no other action of it. */
function withoutWords(input: JsonObject): JsonObject {
  const properties = Object.entries(isJsonObject(input.properties) ? input.properties : {}).map(
    ([name, schema]) => [name, isJsonObject(schema) ? { ...schema, description: '' } : schema],
  );
  return { ...input, properties: Object.fromEntries(properties) };
}

/** As it comes back from a store. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
