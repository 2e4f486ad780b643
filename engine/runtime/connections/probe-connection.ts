import { judgeProbe, type TestResult } from '../../core/connection/judge-probe.ts';
import type { Connection, Failure } from '../../core/contracts/action.ts';
import type { ProbeOutcome } from '../../core/contracts/probe.ts';
import { clean } from '../clean-outcome.ts';
import { guardHttp } from '../http/guard-http.ts';
import { hideSecrets } from '../http/hide-secrets.ts';
import { guardImap } from '../imap/guard-imap.ts';
import { guardLdap, hideInLdap } from '../ldap/guard-ldap.ts';
import type { ConnectionParts } from './connection-parts.ts';
import { readEachSecret } from './read-each-secret.ts';

/** With it and a margin a test ends inside its lease. */
export const probeTimeoutMs = 30_000;

/** Asks one connection whether it works and what it may. What the vendor answers is data, and no secret is in it. */
export async function probeConnection(
  {
    registry,
    probes,
    http,
    ldap,
    imap,
    clock,
  }: Pick<ConnectionParts, 'registry' | 'probes' | 'http' | 'ldap' | 'imap' | 'clock'>,
  connection: Connection,
  check: () => void,
  stop: AbortSignal = new AbortController().signal,
): Promise<TestResult> {
  const manifests = [...registry.values()]
    .map(({ manifest }) => manifest)
    .filter(({ key }) => key.startsWith(`${connection.system}.`));
  const probe = probes.get(connection.system);
  const reading = readEachSecret(connection);
  if (probe === undefined) return judgeProbe(manifests, null, await reading);
  const hiding = hideSecrets(http);
  const context = {
    connection: hiding.watch(connection),
    http: guardHttp(hiding.http, check),
    ldap: guardLdap(hideInLdap(ldap, hiding.hide), check),
    imap: guardImap(imap, check, hiding.hide),
    signal: AbortSignal.any([stop, AbortSignal.timeout(probeTimeoutMs)]),
    actionKey: 'connection-test',
    nowMs: clock.nowMs,
  };
  const permissions = [...new Set(manifests.flatMap((manifest) => manifest.permissions))];
  const outcome = await probe(context, permissions).catch(brokenOff);
  const result = judgeProbe(manifests, outcome, await reading);
  return clean(JSON.parse(JSON.stringify(result))) as unknown as TestResult;
}

/** Only the kind of error: its text may echo what was sent. */
function brokenOff(error: unknown): ProbeOutcome {
  const name = error instanceof Error ? error.name : 'unknown error';
  const failure: Failure = { code: 'invalid-response', kind: 'terminal', message: `It broke off: ${name}.` };
  return { looks: [{ what: 'ask', failure }], rights: {} };
}
