import type { Probe, ProbeRegistry } from '../../engine/core/contracts/probe.ts';
import { retryable } from '../client/fail.ts';
import { translateStatus } from '../client/translate-status.ts';
import type { HttpSystem } from './http-system.ts';
import { sendEndpoint } from './send-endpoint.ts';

/** How the operator's own systems are asked whether they work, where he says how. */
export function endpointProbes(systems: readonly HttpSystem[] = []): ProbeRegistry {
  return new Map(
    systems.flatMap((system) => {
      const { test } = system.file;
      // Without one nothing can be asked, and nobody guesses.
      return test === undefined ? [] : [[system.name, probeOf(system, test.path)] as const];
    }),
  );
}

/** The one GET that the operator names for it. */
function probeOf(system: HttpSystem, path: string): Probe {
  return async (context) => {
    const what = `read ${path}`;
    const answer = await sendEndpoint(context, system, { method: 'GET', path }, {});
    if (answer.kind === 'refused') return { looks: [{ what, failure: answer.failure }], rights: {} };
    if (answer.kind === 'lost') {
      const failure = retryable('timeout', `${system.name} did not answer in time.`);
      return { looks: [{ what, failure }], rights: {} };
    }
    const { status } = answer.response;
    const went = status >= 200 && status <= 299;
    const failure = went ? null : translateStatus(answer.response, system.name, context.nowMs());
    return { looks: [{ what, failure }], rights: {} };
  };
}
