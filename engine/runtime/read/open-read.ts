import type { TenantId } from '../../../schemas/ids.ts';
import type { NamedTile } from '../../core/audit/tile-path.ts';
import type { Plan } from '../../core/contracts/plan.ts';
import { readEntryData } from '../audit/read-beside.ts';
import {
  type PublishedLog,
  proveConsistency,
  proveInclusion,
  readNamedTile,
  readPublished,
} from '../audit/read-published.ts';
import { readHold } from '../store/queries/audit-orders.ts';
import { runsThere } from '../store/queries/live-entries.ts';
import type { Narrowing } from '../store/queries/undo-records.ts';
import type { Sql } from '../store/sql.ts';
import { listArtifacts, readArtifact } from './artifacts.ts';
import { findTargets } from './find-targets.ts';
import { hasGone } from './has-gone.ts';
import { type ActionFilter, listActions } from './list-actions.ts';
import { type AlertFilter, listAlerts } from './list-alerts.ts';
import { type ApprovalFilter, listApprovals } from './list-approvals.ts';
import { type GlassFilter, listBreakGlass, listNewHolders } from './list-break-glass.ts';
import { listCheckpoints } from './list-checkpoints.ts';
import { listConnections, readConnection } from './list-connections.ts';
import {
  type ContainedFilter,
  countExpiring,
  countStuck,
  listContained,
  readContained,
} from './list-contained.ts';
import { type EntryFilter, listEntries } from './list-entries.ts';
import { listHeld, readHeld } from './list-held.ts';
import { listImpacted } from './list-impacted.ts';
import { type IncidentFilter, listIncidents } from './list-incidents.ts';
import { listLeases } from './list-leases.ts';
import {
  countActing,
  listPlaybooks,
  namePlaybook,
  namePlaybooks,
  type PlaybookFilter,
} from './list-playbooks.ts';
import { listRoutes } from './list-routes.ts';
import { listRuns, type RunFilter } from './list-runs.ts';
import { countScopes, foremostScopes, listScopes, type ScopeFilter } from './list-scopes.ts';
import { listSteps, type StepFilter, stepsNamed, stepsOfScopes } from './list-steps.ts';
import { listStops } from './list-stops.ts';
import { listStory, type StoryFilter } from './list-story.ts';
import { listStreams, type StreamFilter } from './list-streams.ts';
import { listTasks, type TaskFilter } from './list-tasks.ts';
import { listTrace } from './list-trace.ts';
import { listUndoRecords, readUndoRecord, type UndoFilter } from './list-undo-records.ts';
import { listUndoable } from './list-undoable.ts';
import { listVersions } from './list-versions.ts';
import { nameOfPeople } from './name-of-people.ts';
import { previewIncidentUndo } from './preview-incident-undo.ts';
import { previewRestart } from './preview-restart.ts';
import { readAction } from './read-action.ts';
import { readAlert } from './read-alert.ts';
import { readApproval } from './read-approval.ts';
import { readBacklog } from './read-backlog.ts';
import { readCalled } from './read-called.ts';
import { readCases } from './read-cases.ts';
import { readEvidence, runOfGoneEvidence } from './read-evidence.ts';
import { readGuardrails } from './read-guardrails.ts';
import { readHealth } from './read-health.ts';
import { readIncident } from './read-incident.ts';
import { readLogState } from './read-log-state.ts';
import type { PageRequest } from './read-page.ts';
import { countPaused, readPause } from './read-pause.ts';
import { readPlan } from './read-plan.ts';
import { readPlaybook } from './read-playbook.ts';
import { createResponseReports } from './read-response.ts';
import { readRetention } from './read-retention.ts';
import { readRouting } from './read-routing.ts';
import { readRun } from './read-run.ts';
import { readSignal } from './read-signal.ts';
import { readTask } from './read-task.ts';
import { createTriggerFigures } from './read-trigger-figures.ts';
import { readVersion } from './read-version.ts';

/** The questions of this folder with the store bound: what routes and pages are handed. */
export function openRead(sql: Sql) {
  return {
    listAlerts: (t: TenantId, f: AlertFilter, p: PageRequest) => listAlerts(sql, t, f, p),
    readAlert: (t: TenantId, id: string) => readAlert(sql, t, id),
    listTrace: (t: TenantId, eventId: string, p: PageRequest) => listTrace(sql, t, eventId, p),
    listConnections: (t: TenantId, f: { id?: string }, p: PageRequest) => listConnections(sql, t, f, p),
    readConnection: (t: TenantId, id: string) => readConnection(sql, t, id),
    listRoutes: (t: TenantId, f: { q?: string | undefined }, p: PageRequest) => listRoutes(sql, t, f, p),
    readSignal: (t: TenantId, id: string) => readSignal(sql, t, id),
    listRuns: (t: TenantId, f: RunFilter, p: PageRequest) => listRuns(sql, t, f, p),
    runsThere: (t: TenantId, ids: readonly string[]) => runsThere(sql, t, ids),
    readRun: (t: TenantId, id: string) => readRun(sql, t, id),
    listSteps: (t: TenantId, f: StepFilter, p: PageRequest) => listSteps(sql, t, f, p),
    stepsOfScopes: (t: TenantId, run: string, scopes: readonly string[]) =>
      stepsOfScopes(sql, t, run, scopes),
    stepsNamed: (t: TenantId, names: readonly { run: string; path: string }[]) => stepsNamed(sql, t, names),
    listScopes: (t: TenantId, f: ScopeFilter, p: PageRequest) => listScopes(sql, t, f, p),
    countScopes: (t: TenantId, run: string, steps: readonly string[]) => countScopes(sql, t, run, steps),
    foremostScopes: (t: TenantId, run: string, perStep: number) => foremostScopes(sql, t, run, perStep),
    listArtifacts: (t: TenantId, f: Parameters<typeof listArtifacts>[2], p: PageRequest) =>
      listArtifacts(sql, t, f, p),
    readArtifact: (t: TenantId, id: string) => readArtifact(sql, t, id),
    listUndoable: (t: TenantId, run: string, steps: readonly string[] | null) =>
      listUndoable(sql, t, run, steps),
    previewRestart: (t: TenantId, run: string, step: string) => previewRestart(sql, t, run, step),
    listContained: (t: TenantId, f: ContainedFilter, p: PageRequest) => listContained(sql, t, f, p),
    countExpiring: (t: TenantId) => countExpiring(sql, t),
    countStuck: (t: TenantId) => countStuck(sql, t),
    readContained: (t: TenantId, id: string) => readContained(sql, t, id),
    listUndoRecords: (t: TenantId, f: UndoFilter, p: PageRequest) => listUndoRecords(sql, t, f, p),
    readUndoRecord: (t: TenantId, id: string) => readUndoRecord(sql, t, id),
    previewIncidentUndo: (t: TenantId, incident: string, only?: Narrowing) =>
      previewIncidentUndo(sql, t, incident, only),
    listApprovals: (t: TenantId, f: ApprovalFilter, p: PageRequest) => listApprovals(sql, t, f, p),
    readApproval: (t: TenantId, id: string) => readApproval(sql, t, id),
    readEvidence: (t: TenantId, approvalId: string) => readEvidence(sql, t, approvalId),
    runOfGoneEvidence: (t: TenantId, approvalId: string) => runOfGoneEvidence(sql, t, approvalId),
    listTasks: (t: TenantId, f: TaskFilter, p: PageRequest) => listTasks(sql, t, f, p),
    readTask: (t: TenantId, id: string) => readTask(sql, t, id),
    listHeld: (t: TenantId, p: PageRequest) => listHeld(sql, t, p),
    readHeld: (t: TenantId, budget: string) => readHeld(sql, t, budget),
    listActions: (t: TenantId, f: ActionFilter, p: PageRequest) => listActions(sql, t, f, p),
    readAction: (t: TenantId, id: string) => readAction(sql, t, id),
    listPlaybooks: (t: TenantId, f: PlaybookFilter, p: PageRequest) => listPlaybooks(sql, t, f, p),
    namePlaybook: (t: TenantId, id: string) => namePlaybook(sql, t, id),
    namePlaybooks: (t: TenantId, q: string | undefined, most: number) => namePlaybooks(sql, t, q, most),
    countActing: (t: TenantId, most: number) => countActing(sql, t, most),
    readPlan: (t: TenantId, of: { playbook: string; digest: string }) => readPlan(sql, t, of),
    readPlaybook: (t: TenantId, id: string) => readPlaybook(sql, t, id),
    listVersions: (t: TenantId, playbook: string, p: PageRequest) => listVersions(sql, t, playbook, p),
    readCases: (t: TenantId, playbook: string, version: number, number: number | null) =>
      readCases(sql, t, playbook, version, number),
    readVersion: (t: TenantId, playbook: string, named: string) => readVersion(sql, t, playbook, named),
    readCalled: (t: TenantId, plan: Plan) => readCalled(sql, t, plan),
    readTriggerFigures: createTriggerFigures(sql),
    listIncidents: (t: TenantId, f: IncidentFilter, p: PageRequest) => listIncidents(sql, t, f, p),
    readIncident: (t: TenantId, id: string) => readIncident(sql, t, id),
    findTargets: (t: TenantId, words: string) => findTargets(sql, t, words),
    listImpacted: (t: TenantId, incident: string, p: PageRequest) => listImpacted(sql, t, incident, p),
    listStory: (t: TenantId, incident: string, f: StoryFilter, p: PageRequest) =>
      listStory(sql, t, incident, f, p),
    readRouting: (t: TenantId) => readRouting(sql, t),
    readPause: (t: TenantId) => readPause(sql, t),
    countPaused: (t: TenantId) => countPaused(sql, t),
    readRetention: (t: TenantId) => readRetention(sql, t),
    hasGone: (t: TenantId, id: string) => hasGone(sql, t, id),
    readGuardrails: (t: TenantId) => readGuardrails(sql, t),
    listEntries: (t: TenantId, f: EntryFilter, p: PageRequest) => listEntries(sql, t, f, p),
    readEntryData: (t: TenantId, log: string, index: number) => readEntryData(sql, t, log, index),
    listCheckpoints: (t: TenantId, f: Parameters<typeof listCheckpoints>[2], p: PageRequest) =>
      listCheckpoints(sql, t, f, p),
    readPublished: (t: TenantId, log: string | null = null) => readPublished(sql, t, log),
    readNamedTile: (t: TenantId, log: PublishedLog, named: NamedTile) => readNamedTile(sql, t, log, named),
    proveInclusion: (t: TenantId, log: PublishedLog, index: number, size: number) =>
      proveInclusion(sql, t, log, index, size),
    proveConsistency: (t: TenantId, log: PublishedLog, from: number, to: number) =>
      proveConsistency(sql, t, log, from, to),
    listLeases: (t: TenantId, f: { run?: string | undefined }, p: PageRequest) => listLeases(sql, t, f, p),
    listStreams: (t: TenantId, f: StreamFilter, p: PageRequest) => listStreams(sql, t, f, p),
    nameOfPeople: (t: TenantId, ids: readonly string[]) => nameOfPeople(sql, t, ids),
    listBreakGlass: (t: TenantId, f: GlassFilter, p: PageRequest) => listBreakGlass(sql, t, f, p),
    listNewHolders: (t: TenantId, ripensMs: number) => listNewHolders(sql, t, ripensMs),
    listStops: (t: TenantId, f: Parameters<typeof listStops>[2], p: PageRequest) => listStops(sql, t, f, p),
    readLogState: (t: TenantId) => readLogState(sql, t),
    readHold: (t: TenantId) => readHold(sql, t),
    readHealth: () => readHealth(sql),
    readBacklog: (t: TenantId) => readBacklog(sql, t),
    readResponse: createResponseReports(sql),
  };
}

export type Read = ReturnType<typeof openRead>;
