import type { JsonObject } from '../../../../schemas/json.ts';
import type { Entry } from '../../contracts/entry.ts';
import { aboutEntry, type SealedEntry } from './about-entry.ts';
import { aboutTargets } from './about-targets.ts';
import { outcomeOf } from './outcome.ts';
import { activities, dispositions, type Response, responses } from './response-vocabulary.ts';

/*
 * The outcome of an attempt as an OCSF 1.8.0 Remediation Activity. Entries go through in the order of the log,
 * as an outcome is told with the time of its attempt. Everything that is no outcome of a remediation gives null:
 * an approval that was refused attempted nothing, and a look-up remedies nothing.
 */

const category = 7;
const remediationClasses = {
  remediation: { uid: 7001, name: 'Remediation Activity' },
  file: { uid: 7002, name: 'File Remediation Activity' },
} as const;

export class Remediations {
  #version: string;
  /** When the attempts began whose outcome has not come yet, by action key. */
  #begun = new Map<string, number>();

  /** @param version of this program, as it goes into `metadata.product` */
  constructor(version: string) {
    this.#version = version;
  }

  pass(sealed: SealedEntry): JsonObject | null {
    const { entry } = sealed;
    const { actionKey, action } = entry;
    if (actionKey === undefined || action === undefined) return null;
    const key = action.replace(/@.*$/, '');
    const response = Object.hasOwn(responses, key) ? responses[key] : undefined;
    if (response === undefined) return null;
    if (entry.type === 'action.attempted') this.#begun.set(actionKey, Date.parse(entry.time));
    const outcome = outcomeOf(entry);
    if (outcome === null) return null;
    const begun = this.#begun.get(actionKey);
    // Failed before anything was sent, or told already: nothing was attempted here.
    if (begun === undefined && entry.type !== 'action.simulated') return null;
    // An unknown outcome is told again when somebody has looked, with the same beginning.
    if (outcome.status !== 'Unknown') this.#begun.delete(actionKey);
    return this.#event(sealed, response, outcome, begun);
  }

  #event(
    sealed: SealedEntry,
    response: Response,
    outcome: NonNullable<ReturnType<typeof outcomeOf>>,
    begun: number | undefined,
  ): JsonObject {
    const { entry } = sealed;
    const { profiles, ...targets } = aboutTargets(entry.targets);
    const about = 'file' in targets ? remediationClasses.file : remediationClasses.remediation;
    const activity = activities[response.activity];
    const time = Date.parse(entry.time);
    return {
      category_uid: category,
      category_name: 'Remediation',
      class_uid: about.uid,
      class_name: about.name,
      activity_id: activity,
      activity_name: response.activity,
      type_uid: about.uid * 100 + activity,
      type_name: `${about.name}: ${response.activity}`,
      time,
      ...(begun !== undefined && { start_time: begun, end_time: time, duration: time - begun }),
      severity_id: 1,
      severity: 'Informational',
      status_id: outcome.statusId,
      status: outcome.status,
      ...(entry.code !== undefined && { status_code: entry.code }),
      ...(entry.reason !== undefined && { status_detail: entry.reason }),
      message: `${entry.action}: ${outcome.status}`,
      command_uid: entry.actionKey ?? '',
      ...(response.activity !== 'Other' && { countermeasures: [countermeasure(response)] }),
      ...disposition(response, outcome.status),
      actor: { app_name: 'Riposte', app_uid: `${entry.actor.kind}:${entry.actor.id}`, ...onBehalfOf(entry) },
      ...(entry.approvalId !== undefined && {
        authorizations: [{ decision: 'allowed', policy: { name: 'approval', uid: entry.approvalId } }],
      }),
      ...targets,
      ...aboutEntry(sealed, this.#version, ['security_control', ...profiles]),
    };
  }
}

function onBehalfOf({ onBehalfOf }: Entry): JsonObject {
  return onBehalfOf === undefined ? {} : { user: { uid: onBehalfOf } };
}

function countermeasure({ activity, technique }: Response): JsonObject {
  return {
    version: '1.2.0',
    d3f_tactic: { uid: `d3f:${activity}`, name: activity },
    ...(technique !== undefined && { d3f_technique: { uid: technique } }),
  };
}

/** What the control did, which is only known when it is known. */
function disposition(response: Response, status: string): JsonObject {
  if (status === 'Success')
    return {
      action_id: 4,
      action: 'Modified',
      ...(response.disposition !== undefined && {
        disposition_id: dispositions[response.disposition],
        disposition: response.disposition,
      }),
    };
  if (status === 'dry_run')
    return { action_id: 3, action: 'Observed', disposition_id: 16, disposition: 'No Action' };
  if (status === 'Unknown') return { action_id: 0, action: 'Unknown' };
  return { action_id: 0, action: 'Unknown', disposition_id: 27, disposition: 'Error' };
}
