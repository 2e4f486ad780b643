import { createRegistry } from '../../../actions/registry.ts';
import type { Action, ActionContext } from '../../../engine/core/contracts/action.ts';
import { createHttp } from '../../../engine/runtime/http/send-http.ts';
import { labClient, labTenantId, type Scenario } from '../../../examples/lab/scenario.ts';
import { type Lab, startLab } from '../../../examples/lab/start-lab.ts';
import { buildContext, type ContextOptions } from './build-context.ts';

/** The lab estate over real HTTP, on a clock that the test moves, with a fresh registry. */
export interface Bench {
  estate: Lab['estate'];
  action(key: string): Action;
  context(extra?: Partial<ContextOptions>): ActionContext;
  close(): Promise<void>;
}

export async function openLab(scenario: Partial<Scenario> = {}): Promise<Bench> {
  const lab = await startLab({ scenario: { clock: 'manual', ...scenario } });
  const http = createHttp({ allowPrivate: true });
  const registry = createRegistry();
  const settings = {
    loginUrl: `${lab.url}/login`,
    tenantId: labTenantId,
    clientId: labClient.clientId,
    graphUrl: `${lab.url}/graph/v1.0`,
    mdeUrl: `${lab.url}/mde`,
    webhookBase: `${lab.url}/chat/webhook`,
    pollMs: '50',
  };
  return {
    estate: lab.estate,
    action(key) {
      const action = registry.get(key);
      if (action === undefined) throw new Error(`no action ${key}`);
      return action;
    },
    context: (extra = {}) =>
      buildContext({
        http,
        secrets: { client_secret: labClient.secret },
        nowMs: () => lab.estate.nowMs(),
        ...extra,
        settings: { ...settings, ...extra.settings },
      }),
    async close() {
      await lab.close();
      await http.close();
    },
  };
}
