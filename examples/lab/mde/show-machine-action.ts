import type { MachineAction } from '../world/records.ts';
import { timestamp } from '../world/timestamp.ts';

/**
 * A `MachineAction` as Defender shows it (facts 4.2). Lists spell the last update `lastUpdateTimeUtc`,
 * single objects `lastUpdateDateTimeUtc`: a documented drift that clients have to live with.
 */
export function showMachineAction(action: MachineAction, where: 'single' | 'list'): object {
  const { cancelled } = action;
  const updated = timestamp(action.updatedMs);
  return {
    id: action.id,
    type: action.type,
    title: null,
    requestor: action.requestor,
    requestorComment: action.comment,
    requestSource: 'PublicApi',
    externalId: null,
    status: action.status,
    machineId: action.machineId,
    computerDnsName: action.computerDnsName,
    creationDateTimeUtc: creationTime(action),
    ...(where === 'single' ? { lastUpdateDateTimeUtc: updated } : { lastUpdateTimeUtc: updated }),
    cancellationRequestor: cancelled?.requestor ?? null,
    cancellationComment: cancelled?.comment ?? null,
    cancellationDateTimeUtc: cancelled === null ? null : timestamp(cancelled.atMs),
    errorHResult: action.status === 'Failed' ? -2147024809 : 0,
    scope:
      action.isolationType === 'Full' || action.isolationType === 'Selective' ? action.isolationType : null,
    relatedFileInfo:
      action.sha1 === null ? null : { fileIdentifier: action.sha1, fileIdentifierType: 'Sha1' },
    commands: [],
  };
}

/** The last four digits tell apart what was created within one millisecond. */
export function creationTime(action: MachineAction): string {
  return `${timestamp(action.createdMs).slice(0, -5)}${String(action.seq % 10_000).padStart(4, '0')}Z`;
}
