import type { Action } from '../../engine/core/contracts/action.ts';
import { checkEndpoint } from './check-endpoint.ts';
import { endpointManifest, exampleOf } from './endpoint-manifest.ts';
import { endpointsOf, type HttpSystem, type NamedEndpoint } from './http-system.ts';
import { performEndpoint } from './perform-endpoint.ts';
import { showSending } from './show-sending.ts';

/** An action for each endpoint of a system. */
export function endpointActions(system: HttpSystem): Action[] {
  return endpointsOf(system).map(endpointAction);
}

function endpointAction(named: NamedEndpoint): Action {
  return {
    manifest: endpointManifest(named),
    perform: (context, input) => performEndpoint(named, context, input),
    ...(named.endpoint.check !== undefined && {
      check: (context, input) => checkEndpoint(named, context, input),
    }),
    sends: (connection, input) => showSending(named, connection, input),
    fake: () => exampleOf(named),
  };
}
