import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { EndpointsFile, HttpSystem } from '../../actions/http/http-system.ts';
import { createRegistry } from '../../actions/registry.ts';
import type { Action, ActionContext } from '../../engine/core/contracts/action.ts';
import { guardHttp } from '../../engine/runtime/http/guard-http.ts';
import { hideSecrets } from '../../engine/runtime/http/hide-secrets.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { buildContext, type ContextOptions } from '../actions/support/build-context.ts';
import { type Reply, type Seen, startVendor, type Vendor } from '../actions/support/start-vendor.ts';

/** The example of the README, fresh each time. */
export function exampleFile(): EndpointsFile {
  const path = join(import.meta.dirname, '../../examples/endpoints/firewall.json');
  return JSON.parse(readFileSync(path, 'utf8')) as EndpointsFile;
}

export function exampleSystem(change: (file: EndpointsFile) => void = () => undefined): HttpSystem {
  const file = exampleFile();
  change(file);
  return { name: 'firewall', file };
}

export const credential = 's3cr3t-of-the-firewall';

export interface Scene {
  vendor: Vendor;
  /** The request lines that arrived, as they were written. */
  lines(): string[];
  action(name: string, system?: HttpSystem): Action;
  context(extra?: Partial<ContextOptions>): ActionContext;
  /** The arguments as the engine hands them over: with what was shown. */
  shown(name: string, input: JsonObject, system?: HttpSystem): JsonObject;
}

/** A firewall that answers with what a test says, over real HTTP, as a worker reaches it. */
export async function openEndpoints(
  answer: (request: Seen, index: number) => Reply | undefined,
): Promise<Scene> {
  const vendor = await startVendor(answer);
  const http = createHttp({ allowPrivate: true });
  afterAll(async () => {
    await vendor.close();
    await http.close();
  });
  const settings = { url: `${vendor.url}/api`, auth: 'bearer', endpoints: '/etc/riposte/firewall.json' };
  const action = (name: string, system = exampleSystem()): Action => {
    const found = createRegistry([system]).get(`firewall.${name}`);
    if (found === undefined) throw new Error(`no endpoint ${name}`);
    return found;
  };
  return {
    vendor,
    lines: () => vendor.seen.map(({ method, path }) => `${method} ${path}`),
    action,
    context(extra = {}) {
      const hiding = hideSecrets(http);
      const context = buildContext({
        secrets: { credential },
        http: guardHttp(hiding.http, () => undefined),
        ...extra,
        settings: { ...settings, ...extra.settings },
      });
      return { ...context, connection: hiding.watch(context.connection) };
    },
    shown(name, input, system) {
      const sending = action(name, system).sends?.({ id: 'contoso', settings }, input);
      if (sending?.ok !== true) throw new Error(sending?.message ?? 'nothing is shown');
      return { ...input, ...sending.shows };
    },
  };
}
