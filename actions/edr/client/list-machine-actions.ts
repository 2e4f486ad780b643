import type { ActionContext, Failure } from '../../../engine/core/contracts/action.ts';
import { terminal } from '../../client/fail.ts';
import { odataText } from '../../client/odata-text.ts';
import { query } from '../../client/path.ts';
import { rowsOf } from '../../client/read-field.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { type MachineAction, readMachineAction } from './machine-action.ts';

const pageSize = 50;
/** A thousand orders of one kind to one machine are no history any more; beyond it we do not guess which is newest. */
const maxPages = 20;

type Listing = { ok: true; actions: MachineAction[] } | { ok: false; failure: Failure };

/** Every isolate and unisolate action of one machine. */
export function listIsolationActions(
  mde: VendorApi,
  context: ActionContext,
  machineId: string,
): Promise<Listing> {
  return listMachineActions(mde, context, machineId, ['Isolate', 'Unisolate']);
}

/**
 * Every action of these types of one machine. The server's order is not documented, so the newest may
 * stand on any page: all pages are read before anything is decided.
 */
export async function listMachineActions(
  mde: VendorApi,
  context: ActionContext,
  machineId: string,
  types: readonly string[],
): Promise<Listing> {
  const alternatives = types.map((type) => `type eq ${odataText(type)}`).join(' or ');
  const filter = `machineId eq ${odataText(machineId)} and (${alternatives})`;
  const actions = new Map<string, MachineAction>();
  for (let page = 0; page < maxPages; page += 1) {
    const skip = page === 0 ? {} : { $skip: String(page * pageSize) };
    const answer = await mde.read(
      context,
      `/api/machineactions${query({ $filter: filter, $top: String(pageSize), ...skip })}`,
    );
    if (!answer.ok) return answer;
    const rows = rowsOf(answer.body);
    if (rows === null) return unreadable('Defender for Endpoint sent a list of actions that cannot be read.');
    for (const row of rows) {
      const action = readMachineAction(row);
      if (action === null) return unreadable('Defender for Endpoint sent an action that cannot be read.');
      const ours = action.machineId.toLowerCase() === machineId.toLowerCase();
      if (ours && types.includes(action.type)) actions.set(action.id, action);
    }
    if (rows.length < pageSize) return { ok: true, actions: [...actions.values()] };
  }
  return unreadable(`The machine has more than ${pageSize * maxPages} actions of this kind.`);
}

function unreadable(message: string): Listing {
  return { ok: false, failure: terminal('invalid-response', message) };
}
