import type { JsonObject } from '../../../schemas/json.ts';
import { nonEmptyTextOf, objectOf, textOf } from '../../client/read-field.ts';

/** The parts of a Defender `MachineAction` that decisions rest on (facts 4.2). */
export interface MachineAction {
  id: string;
  type: string;
  /** `Pending`, `InProgress`; final: `Succeeded`, `Failed`, `TimeOut`, `Cancelled`. A word we do not know counts as not final. */
  status: string;
  /** `Full` or `Selective` for an isolation. */
  scope: string | null;
  machineId: string;
  hostName: string | null;
  comment: string;
  /** Of who called it off; empty if nobody did. */
  cancellation: string;
  /** Hash of the file it is about, in lower case; null for orders about the whole machine. */
  fileHash: string | null;
  createdAt: string;
}

const finalStatuses = new Set(['Succeeded', 'Failed', 'TimeOut', 'Cancelled']);

/** Null when a field that decisions rest on is missing. */
export function readMachineAction(row: JsonObject): MachineAction | null {
  const id = nonEmptyTextOf(row, 'id');
  const type = nonEmptyTextOf(row, 'type');
  const status = nonEmptyTextOf(row, 'status');
  const machineId = nonEmptyTextOf(row, 'machineId');
  const createdAt = nonEmptyTextOf(row, 'creationDateTimeUtc');
  if (id === null || type === null || status === null || machineId === null || createdAt === null)
    return null;
  if (Number.isNaN(Date.parse(createdAt))) return null;
  return {
    id,
    type,
    status,
    scope: nonEmptyTextOf(row, 'scope'),
    machineId,
    hostName: nonEmptyTextOf(row, 'computerDnsName'),
    comment: textOf(row, 'requestorComment') ?? '',
    cancellation: textOf(row, 'cancellationComment') ?? '',
    fileHash: nonEmptyTextOf(objectOf(row, 'relatedFileInfo'), 'fileIdentifier')?.toLowerCase() ?? null,
    createdAt,
  };
}

export function isFinal(action: MachineAction): boolean {
  return finalStatuses.has(action.status);
}

/** The vendor writes seven fraction digits; what is equal to the millisecond is told apart by the text. */
export function newestFirst(actions: MachineAction[]): MachineAction[] {
  return actions.toSorted((a, b) => {
    const byTime = Date.parse(b.createdAt) - Date.parse(a.createdAt);
    return byTime === 0 ? compareText(b.createdAt, a.createdAt) : byTime;
  });
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
