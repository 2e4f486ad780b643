import { createRegistry } from '../../../actions/registry.ts';
import type { Action, ActionContext } from '../../../engine/core/contracts/action.ts';
import { createHttp } from '../../../engine/runtime/http/send-http.ts';
import { buildContext, type ContextOptions } from './build-context.ts';
import { type Reply, type Seen, startVendor, type Vendor, vendorSettings } from './start-vendor.ts';

/** A registry, a real HTTP client and a scripted vendor, with everything needed to close them. */
export interface Desk {
  vendor: Vendor;
  action(key: string): Action;
  context(extra?: Partial<ContextOptions>): ActionContext;
  close(): Promise<void>;
}

export async function openDesk(answer: (request: Seen, index: number) => Reply | undefined): Promise<Desk> {
  const vendor = await startVendor((request, index) =>
    request.path.startsWith('/login/') ? undefined : answer(request, index),
  );
  const http = createHttp({ allowPrivate: true });
  const registry = createRegistry();
  return {
    vendor,
    action(key) {
      const action = registry.get(key);
      if (action === undefined) throw new Error(`no action ${key}`);
      return action;
    },
    context: (extra = {}) =>
      buildContext({ http, ...extra, settings: { ...vendorSettings(vendor.url), ...extra.settings } }),
    async close() {
      await vendor.close();
      await http.close();
    },
  };
}
