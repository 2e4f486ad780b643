import type { Route } from '../http/route.ts';
import { actionRoutes } from './actions.ts';
import { alertRoutes } from './alerts.ts';
import { approvalRoutes } from './approvals.ts';
import { auditRoutes } from './audit.ts';
import { healthRoutes } from './health.ts';
import { incidentRoutes } from './incidents.ts';
import { documentRoutes } from './openapi.ts';
import { peopleRoutes } from './people.ts';
import { playbookRoutes } from './playbooks.ts';
import { runRoutes } from './runs.ts';
import { stopRoutes } from './stops.ts';
import { tokenRoutes } from './tokens.ts';

/** Every address there is. Nothing is routed that is not in this list. */
export const routes: readonly Route[] = [
  ...alertRoutes,
  ...incidentRoutes,
  ...runRoutes,
  ...approvalRoutes,
  ...actionRoutes,
  ...playbookRoutes,
  ...auditRoutes,
  ...stopRoutes,
  ...peopleRoutes,
  ...tokenRoutes,
  ...healthRoutes,
];

export const allRoutes: readonly Route[] = [...routes, ...documentRoutes(routes)];
