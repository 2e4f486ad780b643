import type { Permission } from '../../engine/core/identity/rights.ts';
import type { Asked } from './asked.ts';
import { accountPage, endOwnToken, sayInOrder, sayNotMe } from './pages/account-page.ts';
import { actionsPage } from './pages/actions-page.ts';
import { alertPage } from './pages/alert-page.ts';
import { alertPlanPage } from './pages/alert-plan-page.ts';
import { alertsPage } from './pages/alerts-page.ts';
import { approvalPage, sayPresent } from './pages/approval-page.ts';
import { auditEntryPage } from './pages/audit-entry-page.ts';
import { auditPage } from './pages/audit-page.ts';
import { backtestPage, runBacktest } from './pages/backtest-page.ts';
import { decideAlone, reviewAlone } from './pages/break-glass.ts';
import { cancelPage, cancelTheRun } from './pages/cancel-page.ts';
import { backToCases, casesPage, playCases } from './pages/cases-page.ts';
import { changeQuestion, extendQuestion, withdrawVote } from './pages/change-question.ts';
import { chosenAgain, chosenPage, decideChosen } from './pages/chosen-page.ts';
import { connectionPage, testConnection } from './pages/connection-page.ts';
import { connectionsPage } from './pages/connections-page.ts';
import { containedPage } from './pages/contained-page.ts';
import { confirmDecision, decide } from './pages/decide.ts';
import { confirmProposal, dropTheProposal, guardrailsPage } from './pages/guardrails-page.ts';
import { decideHeld, heldPage } from './pages/held-page.ts';
import { homePage } from './pages/home-page.ts';
import { changeIncident, incidentPage } from './pages/incident-page.ts';
import { incidentUndoPage, takeBackIncident } from './pages/incident-undo-page.ts';
import { incidentsPage } from './pages/incidents-page.ts';
import { logPage } from './pages/log-page.ts';
import { confirmOrder, proposeGivingUp, proposeNewLog, proveOrder, signOrder } from './pages/order-log.ts';
import { addPasskey, askForNewPasskey, passkeysPage, removePasskey } from './pages/passkeys-page.ts';
import { planPage } from './pages/plan-page.ts';
import { playbookChangesPage } from './pages/playbook-changes-page.ts';
import { playbookPage } from './pages/playbook-page.ts';
import { playbookVersionPage } from './pages/playbook-version-page.ts';
import { playbookVersionsPage } from './pages/playbook-versions-page.ts';
import { playbooksPage } from './pages/playbooks-page.ts';
import { proveDecision } from './pages/prove.ts';
import { proveAlone } from './pages/prove-alone.ts';
import { proveChosen } from './pages/prove-chosen.ts';
import { restartPage, restartTheStep } from './pages/restart-page.ts';
import { routingPage } from './pages/routing-page.ts';
import { runItemsPage } from './pages/run-items-page.ts';
import { runPage } from './pages/run-page.ts';
import { runsPage } from './pages/runs-page.ts';
import { searchPage } from './pages/search-page.ts';
import {
  clearTheStop,
  liftThePause,
  pauseEverything,
  settingsPage,
  stopEverything,
} from './pages/settings-page.ts';
import { pauseStream, removeStream, resumeStream, streamsPage, testStream } from './pages/streams-page.ts';
import { answerTask, taskPage } from './pages/task-page.ts';
import { revokeToken, tokensPage } from './pages/tokens-page.ts';
import { takeBack, undoPage } from './pages/undo-page.ts';
import { decideUndoRecord, undoRecordPage } from './pages/undo-record-page.ts';
import { retrySeveral } from './pages/undo-several-page.ts';
import { undoTroublePage } from './pages/undo-trouble-page.ts';
import { verifyHerePage } from './pages/verify-here-page.ts';
import { verifyPage } from './pages/verify-page.ts';
import type { Reply, View } from './view.ts';

export interface ConsoleRoute {
  method: 'get' | 'post';
  path: string;
  /** There is no page without an answer to "who may". */
  permission: Permission;
  /** Pages send it without their person: it keeps no session going, and is counted with what pages ask by themselves. */
  byItself?: true;
  answer(view: View, asked: Asked): Promise<Reply> | Reply;
}

/** Every page that needs a session. Only the posts change anything. */
export const routes: readonly ConsoleRoute[] = [
  { method: 'get', path: '/', permission: 'runs.read', answer: homePage },
  { method: 'get', path: '/actions', permission: 'actions.read', answer: actionsPage },
  { method: 'get', path: '/actions/chosen', permission: 'approvals.decide', answer: chosenAgain },
  { method: 'get', path: '/actions/decisions', permission: 'actions.read', answer: backToActions },
  { method: 'post', path: '/actions/chosen', permission: 'approvals.decide', answer: chosenPage },
  { method: 'get', path: '/actions/prove', permission: 'actions.read', answer: backToActions },
  { method: 'post', path: '/actions/prove', permission: 'approvals.decide', answer: proveChosen },
  { method: 'post', path: '/actions/decisions', permission: 'approvals.decide', answer: decideChosen },
  { method: 'get', path: '/a/:id', permission: 'approvals.read', answer: approvalPage },
  { method: 'get', path: '/a/:id/presence', permission: 'approvals.read', answer: backToCard },
  {
    method: 'post',
    path: '/a/:id/presence',
    permission: 'approvals.read',
    byItself: true,
    answer: sayPresent,
  },
  { method: 'get', path: '/a/:id/confirm', permission: 'approvals.read', answer: backToCard },
  { method: 'get', path: '/a/:id/decisions', permission: 'approvals.read', answer: backToCard },
  { method: 'post', path: '/a/:id/confirm', permission: 'approvals.decide', answer: confirmDecision },
  { method: 'post', path: '/a/:id/decisions', permission: 'approvals.decide', answer: decide },
  { method: 'get', path: '/a/:id/prove', permission: 'approvals.read', answer: backToCard },
  { method: 'post', path: '/a/:id/prove', permission: 'approvals.decide', answer: proveDecision },
  { method: 'get', path: '/a/:id/edits', permission: 'approvals.read', answer: backToCard },
  { method: 'get', path: '/a/:id/extend', permission: 'approvals.read', answer: backToCard },
  { method: 'get', path: '/a/:id/break-glass', permission: 'approvals.read', answer: backToCard },
  { method: 'get', path: '/a/:id/review', permission: 'approvals.read', answer: backToCard },
  { method: 'get', path: '/a/:id/prove-alone', permission: 'approvals.read', answer: backToCard },
  { method: 'post', path: '/a/:id/prove-alone', permission: 'approvals.break-glass', answer: proveAlone },
  { method: 'post', path: '/a/:id/break-glass', permission: 'approvals.break-glass', answer: decideAlone },
  { method: 'post', path: '/a/:id/review', permission: 'approvals.review', answer: reviewAlone },
  { method: 'get', path: '/a/:id/withdraw', permission: 'approvals.read', answer: backToCard },
  { method: 'post', path: '/a/:id/withdraw', permission: 'approvals.decide', answer: withdrawVote },
  { method: 'post', path: '/a/:id/edits', permission: 'approvals.decide', answer: changeQuestion },
  { method: 'post', path: '/a/:id/extend', permission: 'approvals.decide', answer: extendQuestion },
  { method: 'get', path: '/t/:id', permission: 'tasks.read', answer: taskPage },
  { method: 'get', path: '/t/:id/answers', permission: 'tasks.read', answer: backToTask },
  { method: 'post', path: '/t/:id/answers', permission: 'tasks.answer', answer: answerTask },
  { method: 'get', path: '/held', permission: 'approvals.read', answer: heldPage },
  { method: 'post', path: '/held', permission: 'approvals.decide', answer: decideHeld },
  { method: 'get', path: '/runs', permission: 'runs.read', answer: runsPage },
  { method: 'get', path: '/runs/:id', permission: 'runs.read', answer: runPage },
  { method: 'get', path: '/runs/:id/items', permission: 'runs.read', answer: runItemsPage },
  { method: 'get', path: '/runs/:id/undo', permission: 'runs.undo', answer: undoPage },
  { method: 'post', path: '/runs/:id/undo', permission: 'runs.undo', answer: takeBack },
  { method: 'get', path: '/runs/:id/cancel', permission: 'runs.cancel', answer: cancelPage },
  { method: 'post', path: '/runs/:id/cancel', permission: 'runs.cancel', answer: cancelTheRun },
  { method: 'get', path: '/runs/:id/restart', permission: 'runs.start', answer: restartPage },
  { method: 'post', path: '/runs/:id/restart', permission: 'runs.start', answer: restartTheStep },
  { method: 'get', path: '/search', permission: 'incidents.read', answer: searchPage },
  { method: 'get', path: '/incidents', permission: 'incidents.read', answer: incidentsPage },
  { method: 'get', path: '/incidents/:id', permission: 'incidents.read', answer: incidentPage },
  { method: 'post', path: '/incidents/:id', permission: 'incidents.update', answer: changeIncident },
  { method: 'get', path: '/incidents/:id/undo', permission: 'runs.undo', answer: incidentUndoPage },
  { method: 'post', path: '/incidents/:id/undo', permission: 'runs.undo', answer: takeBackIncident },
  { method: 'get', path: '/contained', permission: 'runs.read', answer: containedPage },
  { method: 'get', path: '/undo', permission: 'runs.read', answer: undoTroublePage },
  { method: 'get', path: '/undo/:id', permission: 'runs.read', answer: undoRecordPage },
  { method: 'post', path: '/undo/several', permission: 'runs.undo', answer: retrySeveral },
  { method: 'post', path: '/undo/:id', permission: 'runs.undo', answer: decideUndoRecord },
  { method: 'get', path: '/alerts', permission: 'alerts.read', answer: alertsPage },
  { method: 'get', path: '/alerts/:id', permission: 'alerts.read', answer: alertPage },
  { method: 'get', path: '/alerts/:id/plan', permission: 'values.read', answer: alertPlanPage },
  { method: 'get', path: '/playbooks', permission: 'playbooks.read', answer: playbooksPage },
  { method: 'get', path: '/playbooks/:id', permission: 'playbooks.read', answer: playbookPage },
  {
    method: 'get',
    path: '/playbooks/:id/changes',
    permission: 'playbooks.read',
    answer: playbookChangesPage,
  },
  {
    method: 'get',
    path: '/playbooks/:id/versions',
    permission: 'playbooks.read',
    answer: playbookVersionsPage,
  },
  {
    method: 'get',
    path: '/playbooks/:id/versions/:version',
    permission: 'playbooks.read',
    answer: playbookVersionPage,
  },
  {
    method: 'get',
    path: '/playbooks/:id/versions/:version/cases',
    permission: 'playbooks.read',
    answer: casesPage,
  },
  {
    method: 'get',
    path: '/playbooks/:id/versions/:version/cases/play',
    permission: 'playbooks.read',
    answer: backToCases,
  },
  {
    method: 'post',
    path: '/playbooks/:id/versions/:version/cases/play',
    permission: 'playbooks.check',
    answer: playCases,
  },
  { method: 'get', path: '/playbooks/:id/plan', permission: 'values.read', answer: planPage },
  { method: 'get', path: '/playbooks/:id/backtest', permission: 'playbooks.check', answer: backtestPage },
  { method: 'post', path: '/playbooks/:id/backtest', permission: 'playbooks.check', answer: runBacktest },
  { method: 'get', path: '/audit', permission: 'audit.read-own', answer: auditPage },
  { method: 'get', path: '/audit/log', permission: 'stops.read', answer: logPage },
  { method: 'get', path: '/audit/log/propose', permission: 'stops.read', answer: backToLog },
  { method: 'get', path: '/audit/log/place', permission: 'stops.read', answer: backToLog },
  { method: 'get', path: '/audit/log/prove', permission: 'stops.read', answer: backToLog },
  { method: 'get', path: '/audit/log/sign', permission: 'stops.read', answer: backToLog },
  { method: 'get', path: '/audit/log/confirm', permission: 'stops.read', answer: backToLog },
  { method: 'post', path: '/audit/log/propose', permission: 'audit.repair', answer: proposeNewLog },
  { method: 'post', path: '/audit/log/prove', permission: 'audit.repair', answer: proveOrder },
  { method: 'post', path: '/audit/log/sign', permission: 'audit.repair', answer: signOrder },
  { method: 'post', path: '/audit/log/confirm', permission: 'audit.repair', answer: confirmOrder },
  { method: 'post', path: '/audit/log/place', permission: 'audit.repair', answer: proposeGivingUp },
  { method: 'get', path: '/audit/verify', permission: 'audit.read', answer: verifyHerePage },
  { method: 'get', path: '/audit/:id', permission: 'audit.read-own', answer: auditEntryPage },
  { method: 'post', path: '/audit/verify', permission: 'audit.verify', answer: verifyPage },
  { method: 'get', path: '/settings/routing', permission: 'playbooks.read', answer: routingPage },
  { method: 'get', path: '/settings/connections', permission: 'connections.read', answer: connectionsPage },
  {
    method: 'get',
    path: '/settings/connections/:id',
    permission: 'connections.read',
    answer: connectionPage,
  },
  {
    method: 'get',
    path: '/settings/connections/:id/test',
    permission: 'connections.read',
    answer: backToConnection,
  },
  {
    method: 'post',
    path: '/settings/connections/:id/test',
    permission: 'connections.test',
    answer: testConnection,
  },
  { method: 'get', path: '/settings/streams', permission: 'streams.manage', answer: streamsPage },
  { method: 'get', path: '/settings/streams/:id/:verb', permission: 'streams.manage', answer: backToStreams },
  { method: 'post', path: '/settings/streams/:id/pause', permission: 'streams.manage', answer: pauseStream },
  {
    method: 'post',
    path: '/settings/streams/:id/resume',
    permission: 'streams.manage',
    answer: resumeStream,
  },
  {
    method: 'post',
    path: '/settings/streams/:id/remove',
    permission: 'streams.manage',
    answer: removeStream,
  },
  { method: 'post', path: '/settings/streams/:id/test', permission: 'streams.manage', answer: testStream },
  { method: 'get', path: '/settings/passkeys', permission: 'stops.read', answer: passkeysPage },
  { method: 'get', path: '/settings/passkeys/add', permission: 'stops.read', answer: backToPasskeys },
  { method: 'get', path: '/settings/passkeys/:id/remove', permission: 'stops.read', answer: backToPasskeys },
  { method: 'post', path: '/settings/passkeys/add', permission: 'stops.read', answer: askForNewPasskey },
  { method: 'post', path: '/settings/passkeys', permission: 'stops.read', answer: addPasskey },
  { method: 'post', path: '/settings/passkeys/:id/remove', permission: 'stops.read', answer: removePasskey },
  { method: 'get', path: '/settings/account', permission: 'stops.read', answer: accountPage },
  { method: 'get', path: '/settings/account/in-order', permission: 'stops.read', answer: backToAccount },
  { method: 'get', path: '/settings/account/not-me', permission: 'stops.read', answer: backToAccount },
  {
    method: 'get',
    path: '/settings/account/tokens/:id/revoke',
    permission: 'stops.read',
    answer: backToAccount,
  },
  { method: 'post', path: '/settings/account/in-order', permission: 'stops.read', answer: sayInOrder },
  { method: 'post', path: '/settings/account/not-me', permission: 'stops.read', answer: sayNotMe },
  {
    method: 'post',
    path: '/settings/account/tokens/:id/revoke',
    permission: 'stops.read',
    answer: endOwnToken,
  },
  { method: 'get', path: '/settings/tokens', permission: 'tokens.manage', answer: tokensPage },
  { method: 'get', path: '/settings/tokens/:id/revoke', permission: 'tokens.manage', answer: backToTokens },
  { method: 'post', path: '/settings/tokens/:id/revoke', permission: 'tokens.manage', answer: revokeToken },
  { method: 'get', path: '/settings', permission: 'stops.read', answer: settingsPage },
  { method: 'get', path: '/settings/guardrails', permission: 'playbooks.read', answer: guardrailsPage },
  {
    method: 'post',
    path: '/settings/guardrails/confirm',
    permission: 'guardrails.publish',
    answer: confirmProposal,
  },
  {
    method: 'post',
    path: '/settings/guardrails/drop',
    permission: 'guardrails.publish',
    answer: dropTheProposal,
  },
  { method: 'post', path: '/settings/stop', permission: 'stops.set', answer: stopEverything },
  { method: 'post', path: '/settings/stop/clear', permission: 'stops.clear', answer: clearTheStop },
  { method: 'post', path: '/settings/pause', permission: 'stops.set', answer: pauseEverything },
  { method: 'post', path: '/settings/pause/lift', permission: 'stops.clear', answer: liftThePause },
];

function backToConnection(_view: View, { id }: Asked): Reply {
  return { redirect: `/settings/connections/${encodeURIComponent(id)}` };
}

function backToActions(): Reply {
  return { redirect: '/actions' };
}

/** An address bar that still shows where a form went, asked again. */
function backToCard(_view: View, { id }: Asked): Reply {
  return { redirect: `/a/${encodeURIComponent(id)}` };
}

function backToLog(): Reply {
  return { redirect: '/audit/log' };
}

function backToTask(_view: View, { id }: Asked): Reply {
  return { redirect: `/t/${encodeURIComponent(id)}` };
}

function backToStreams(): Reply {
  return { redirect: '/settings/streams' };
}

function backToAccount(): Reply {
  return { redirect: '/settings/account' };
}

function backToPasskeys(): Reply {
  return { redirect: '/settings/passkeys' };
}

function backToTokens(): Reply {
  return { redirect: '/settings/tokens' };
}
