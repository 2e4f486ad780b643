import type { JsonObject } from '../../../../schemas/json.ts';
import type { Entry } from '../../contracts/entry.ts';
import { aboutEntry, type SealedEntry } from './about-entry.ts';

/*
 * Questions to people and their answers as OCSF API Activity. A refused approval attempted nothing, so this is
 * the only event there is about it.
 */

const apiActivity = { uid: 6003, name: 'API Activity' } as const;

interface Said {
  activity: 'Create' | 'Update';
  disposition?: 'Approved' | 'Rejected' | 'Unauthorized';
}

const activities = { Create: 1, Update: 3 } as const;
const dispositions = { Approved: 8, Rejected: 25, Unauthorized: 26 } as const;

/** Null when the entry is neither a question nor an answer. */
export function approvalEvent(sealed: SealedEntry, program: string): JsonObject | null {
  const { entry } = sealed;
  const said = saidBy(entry);
  if (said === null || entry.approvalId === undefined) return null;
  const activity = activities[said.activity];
  const failed = said.disposition === 'Unauthorized';
  const { kind, id, channel } = entry.actor;
  return {
    category_uid: 6,
    category_name: 'Application Activity',
    class_uid: apiActivity.uid,
    class_name: apiActivity.name,
    activity_id: activity,
    activity_name: said.activity,
    type_uid: apiActivity.uid * 100 + activity,
    type_name: `${apiActivity.name}: ${said.activity}`,
    time: Date.parse(entry.time),
    ...severityOf(entry),
    status_id: failed ? 2 : 1,
    status: failed ? 'Failure' : 'Success',
    ...(entry.code !== undefined && { status_code: entry.code }),
    ...(entry.reason !== undefined && { status_detail: entry.reason }),
    message: said.disposition === undefined ? entry.type : `${entry.type}: ${said.disposition}`,
    api: { operation: entry.type, request: { uid: entry.approvalId } },
    actor: kind === 'person' ? { user: { uid: id } } : { app_name: 'Riposte', app_uid: `${kind}:${id}` },
    // The log does not keep addresses; the door is what is known of where it came from.
    src_endpoint: { name: String(channel) },
    ...(entry.step !== undefined && { resources: [{ name: entry.step, type: 'step' }] }),
    ...decision(entry.approvalId, said),
    ...aboutEntry(sealed, program, ['security_control']),
  };
}

function severityOf({ type }: Entry): JsonObject {
  if (type === 'approval.break-glass') return { severity_id: 5, severity: 'Critical' };
  return { severity_id: 1, severity: 'Informational' };
}

function saidBy({ type, data }: Entry): Said | null {
  switch (type) {
    case 'approval.requested':
    case 'approval.joined':
      return { activity: 'Create' };
    case 'approval.voted':
      return { activity: 'Update', disposition: data?.decision === 'approve' ? 'Approved' : 'Rejected' };
    case 'approval.break-glass':
    case 'approval.granted':
      return { activity: 'Update', disposition: 'Approved' };
    case 'approval.withdrawn':
    case 'approval.break-glass-reviewed':
      return { activity: 'Update' };
    // Silence is no.
    case 'approval.denied':
    case 'approval.expired':
      return { activity: 'Update', disposition: 'Rejected' };
    case 'approval.refused':
      return { activity: 'Update', disposition: 'Unauthorized' };
    default:
      return null;
  }
}

function decision(approvalId: string, { disposition }: Said): JsonObject {
  if (disposition === undefined) return {};
  const decided = disposition === 'Approved' ? 'allowed' : 'denied';
  return {
    disposition_id: dispositions[disposition],
    disposition,
    authorizations: [{ decision: decided, policy: { name: 'approval', uid: approvalId } }],
  };
}
