import { createRegistry } from '../../actions/registry.ts';
import type {
  Action,
  ActionContext,
  ActionOutcome,
  CheckOutcome,
} from '../../engine/core/contracts/action.ts';
import type { Ldap } from '../../engine/core/contracts/ldap.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { buildContext } from '../actions/support/build-context.ts';
import { check, perform } from '../actions/support/perform.ts';
import type { TestDirectory } from '../support/slapd.ts';

export interface Asking {
  settings?: { [name: string]: string };
  password?: string;
  ldap?: Ldap;
  signal?: AbortSignal;
}

/** As a worker asks: inputs are validated before, and what comes back keeps the promises of the manifest. */
export function askDirectory(directory: TestDirectory) {
  const registry = createRegistry();
  const http = createHttp();
  const actionOf = (name: string): Action => {
    const action = registry.get(`ldap.${name}`);
    if (action === undefined) throw new Error(`no action ldap.${name}`);
    return action;
  };
  const contextOf = ({ settings, password, ...rest }: Asking): ActionContext => ({
    ...buildContext({ http, settings: {}, ...rest }),
    connection: directory.connection(settings, password),
  });
  return {
    perform: (name: string, input: JsonObject, asking: Asking = {}): Promise<ActionOutcome> =>
      perform(actionOf(name), contextOf(asking), input),
    check: (name: string, input: JsonObject, asking: Asking = {}): Promise<CheckOutcome> =>
      check(actionOf(name), contextOf(asking), input),
  };
}

/** For whatever is asked of the people that stand there in Active Directory's words. */
export const asActiveDirectory = { kind: 'active-directory' };

export const failedWith = (code: string, kind: 'retryable' | 'terminal' = 'terminal') => ({
  kind: 'failed',
  failure: { code, kind },
});
