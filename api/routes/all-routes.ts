import type { Route } from '../http/route.ts';
import { accountEventRoutes } from './account-events.ts';
import { actionRoutes } from './actions.ts';
import { alertRoutes } from './alerts.ts';
import { approvalEvidenceRoutes } from './approval-evidence.ts';
import { approvalRoutes } from './approvals.ts';
import { artifactRoutes } from './artifacts.ts';
import { auditRoutes } from './audit.ts';
import { auditLogRoutes } from './audit-log.ts';
import { auditOrderRoutes } from './audit-orders.ts';
import { backtestRoutes } from './backtest.ts';
import { breakGlassRoutes } from './break-glass.ts';
import { connectionRoutes } from './connections.ts';
import { decisionRoutes } from './decisions.ts';
import { evidenceRoutes } from './evidence.ts';
import { guardrailsRoutes } from './guardrails.ts';
import { healthRoutes } from './health.ts';
import { heldRoutes } from './held.ts';
import { holdRoutes } from './holds.ts';
import { incidentStoryRoutes } from './incident-story.ts';
import { incidentTargetRoutes } from './incident-targets.ts';
import { incidentUndoRoutes } from './incident-undo.ts';
import { incidentRoutes } from './incidents.ts';
import { issuerRoutes } from './issuers.ts';
import { leaseRoutes } from './leases.ts';
import { linkKeyRoutes } from './link-keys.ts';
import { liveRoutes } from './live.ts';
import { documentRoutes } from './openapi.ts';
import { pauseRoutes } from './pause.ts';
import { peopleRoutes } from './people.ts';
import { planRoutes } from './plan.ts';
import { playbookCaseRoutes } from './playbook-cases.ts';
import { playbookVersionRoutes } from './playbook-versions.ts';
import { playbookRoutes } from './playbooks.ts';
import { reportRoutes } from './reports.ts';
import { retentionRoutes } from './retention.ts';
import { routingRoutes } from './routing.ts';
import { runRoutes } from './runs.ts';
import { signalRoutes } from './signals.ts';
import { stopRoutes } from './stops.ts';
import { streamRoutes } from './streams.ts';
import { taskRoutes } from './tasks.ts';
import { tokenRoutes } from './tokens.ts';
import { undoRecordRoutes } from './undo-records.ts';
import { webhookRoutes } from './webhooks.ts';

/** Every address there is. Nothing is routed that is not in this list. */
export const routes: readonly Route[] = [
  ...alertRoutes,
  ...incidentRoutes,
  ...incidentStoryRoutes,
  ...incidentTargetRoutes,
  ...evidenceRoutes,
  ...incidentUndoRoutes,
  ...undoRecordRoutes,
  ...webhookRoutes,
  ...signalRoutes,
  ...runRoutes,
  ...artifactRoutes,
  ...holdRoutes,
  ...leaseRoutes,
  ...approvalRoutes,
  ...decisionRoutes,
  ...approvalEvidenceRoutes,
  ...taskRoutes,
  ...heldRoutes,
  ...breakGlassRoutes,
  ...actionRoutes,
  ...playbookRoutes,
  ...playbookVersionRoutes,
  ...playbookCaseRoutes,
  ...planRoutes,
  ...backtestRoutes,
  ...reportRoutes,
  ...retentionRoutes,
  ...routingRoutes,
  ...guardrailsRoutes,
  ...auditRoutes,
  ...auditLogRoutes,
  ...auditOrderRoutes,
  ...connectionRoutes,
  ...stopRoutes,
  ...pauseRoutes,
  ...linkKeyRoutes,
  ...liveRoutes,
  ...streamRoutes,
  ...peopleRoutes,
  ...accountEventRoutes,
  ...tokenRoutes,
  ...issuerRoutes,
  ...healthRoutes,
];

export const allRoutes: readonly Route[] = [...routes, ...documentRoutes(routes)];
