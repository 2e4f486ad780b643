import type { JsonObject } from '../../../schemas/json.ts';
import type { ActionManifests } from '../compile/context.ts';
import type { ActionStep, Plan, PlanAction, PlanPositions } from '../contracts/plan.ts';
import { everyStep } from '../run/list-steps.ts';
import type { LoadedPlan } from './loaded-plan.ts';

/** A compiled playbook with everything that its cases need; made once for all of them. */
export interface PlaybookUnderTest {
  file: string;
  text: string;
  loaded: LoadedPlan;
  positions: PlanPositions;
  /** Called playbooks by id, those that they call included. */
  children: { [playbookId: string]: LoadedPlan };
  manifests: ActionManifests;
}

export function plansOf(under: PlaybookUnderTest): Plan[] {
  return [under.loaded.plan, ...Object.values(under.children).map(({ plan }) => plan)];
}

export function actionSteps(plan: Plan): ActionStep[] {
  return everyStep(plan).filter((step) => step.kind === 'action');
}

/** Every action that can be called, by key: those of steps, of called playbooks and those that take something back. */
export function actionsOf(under: PlaybookUnderTest): Map<string, PlanAction> {
  const actions = new Map<string, PlanAction>();
  for (const plan of plansOf(under)) {
    for (const inverse of Object.values(plan.inverses)) actions.set(inverse.key, inverse);
    for (const { action } of actionSteps(plan)) actions.set(action.key, action);
  }
  return actions;
}

/** The declared example of an action: what it answers when a case does not say. */
export function exampleOf(under: PlaybookUnderTest): (action: string) => JsonObject {
  const actions = actionsOf(under);
  return (action) => actions.get(action)?.example ?? {};
}

/** Connections as the playbook names them; a system that is never named has one. */
export function connectionsOf(under: PlaybookUnderTest): { [system: string]: string[] } {
  const connections: { [system: string]: string[] } = {};
  const add = (key: string, connection: string | null) => {
    const system = key.slice(0, key.indexOf('.'));
    const known = connections[system] ?? [];
    connections[system] = connection === null || known.includes(connection) ? known : [...known, connection];
  };
  for (const plan of plansOf(under)) {
    for (const step of actionSteps(plan)) add(step.action.key, step.connection);
    for (const { key } of Object.values(plan.inverses)) add(key, null);
  }
  for (const [system, known] of Object.entries(connections)) {
    if (known.length === 0) connections[system] = ['default'];
  }
  return connections;
}
