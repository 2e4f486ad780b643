import type { EngineParts } from './engine-parts.ts';
import type { Advancer } from './gather-inbounds.ts';
import type { Inbound } from './inbound.ts';

/**
 * What a look has found. A run that cannot move, for whatever reason, is found again by the next look, and keeps this
 * one from nothing else.
 * @returns those that could not
 */
export async function submitEach(
  { log }: Pick<EngineParts, 'log'>,
  advancer: Pick<Advancer, 'submit'>,
  inbounds: readonly Inbound[],
): Promise<Inbound[]> {
  const submitted = await Promise.allSettled(inbounds.map((inbound) => advancer.submit(inbound)));
  const failed: Inbound[] = [];
  for (const [index, each] of submitted.entries()) {
    if (each.status === 'fulfilled') continue;
    const inbound = inbounds[index] as Inbound;
    failed.push(inbound);
    const { kind, runId, path } = inbound;
    const error = String(each.reason);
    log('warn', 'a run could not be moved; trying again', { kind, run: runId, path, error });
  }
  return failed;
}
