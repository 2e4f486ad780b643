import type { ActionOutcome, Connection } from '../../engine/core/contracts/action.ts';
import { invariant } from '../../engine/core/contracts/invariant.ts';
import type { ReadAnswer, WantedRead } from '../../engine/core/preview/walker.ts';
import { cleanOutcome } from '../../engine/runtime/clean-outcome.ts';
import { createSockets } from '../../engine/runtime/http/open-socket.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { createImap } from '../../engine/runtime/imap/visit-mailbox.ts';
import { createLdap } from '../../engine/runtime/ldap/create-ldap.ts';
import { readConfig, readVariable, sopsEnvironment } from '../process/config.ts';
import { openSecretWays } from '../process/open-secret-ways.ts';
import { connectionsTo } from '../process/start.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { installedActions } from './installed-actions.ts';

/*
 * Makes the reads of a dry run against the connections that the engine process would use. The only
 * thing that leaves is an action of the class `read`; everything else is refused here, whoever asks.
 */

export interface LiveReads {
  /** Ids by system, as a run would see them. */
  connections: { [system: string]: string[] };
  read(wanted: WantedRead): Promise<ReadAnswer>;
  close(): Promise<void>;
}

/** @throws CliError when nothing is configured that could be read */
export function openLiveReads(): LiveReads {
  const registry = installedActions();
  const systems = [...new Set([...registry.keys()].map((key) => key.slice(0, key.indexOf('.'))))];
  const { connections, allow, closeSecrets } = configured(systems);
  const http = createHttp({ allow });
  const sockets = createSockets({ allow });
  const ldap = createLdap(sockets);
  const imap = createImap(sockets);
  return {
    connections: bySystem(connections),
    async read({ rendered, timeoutMs }) {
      const action = registry.get(rendered.action);
      invariant(action?.manifest.class === 'read', `${rendered.action} is a read`);
      if (action.confirm !== undefined) {
        // Evidence packages and the like: they end as a read and begin as an order to the device.
        return { is: 'unsettled', message: 'it orders work on the target, which a dry run does not' };
      }
      const connection = connections.find(
        (each) => each.system === rendered.system && each.id === rendered.connection,
      );
      if (connection === undefined) return { is: 'unsettled', message: 'no such connection' };
      const context = {
        connection,
        http,
        ldap,
        imap,
        signal: AbortSignal.timeout(timeoutMs),
        actionKey: rendered.actionKey,
        nowMs: Date.now,
      };
      const outcome = await action.perform(context, rendered.arguments).catch(brokenOff);
      const { reported } = cleanOutcome({ of: 'action', outcome });
      invariant(reported.of === 'action', 'cleaning keeps what it is about');
      return answerOf(reported.outcome);
    },
    async close() {
      await closeSecrets();
      await http.close();
    },
  };
}

function answerOf(outcome: ActionOutcome): ReadAnswer {
  switch (outcome.kind) {
    case 'succeeded':
      return { is: 'found', outputs: outcome.outputs };
    case 'failed':
      // A run would try again; what it finds then is not ours to say.
      return outcome.failure.kind === 'terminal'
        ? { is: 'failed', failure: outcome.failure }
        : { is: 'unsettled', message: `${outcome.failure.code}: ${outcome.failure.message}` };
    case 'accepted':
      return { is: 'unsettled', message: 'the system answers later' };
    case 'unknown':
      return { is: 'unsettled', message: outcome.message };
  }
}

/** Only the kind of error: its text may echo what was sent. */
function brokenOff(error: unknown): ActionOutcome {
  return { kind: 'unknown', message: `the read broke off: ${error instanceof Error ? error.name : 'error'}` };
}

function configured(systems: readonly string[]): {
  connections: Connection[];
  allow: string[];
  closeSecrets: () => Promise<void>;
} {
  const config = readConfig();
  const labUrl = config.lab.kind === 'at' ? config.lab.url : null;
  if (config.connections.length === 0 && labUrl === null) {
    throw new CliError(
      exitCodes.usage,
      '--live-reads needs the connections of the engine: set RIPOSTE_CONNECTIONS to their file, or RIPOSTE_LAB to the estate\'s address that "npm start" shows.',
    );
  }
  const allow = labUrl === null ? [] : [new URL(labUrl).origin];
  const ways = openSecretWays(config.vault, { variable: readVariable, sopsEnvironment }, []);
  return {
    connections: connectionsTo(config, labUrl, systems, ways.secrets),
    allow,
    closeSecrets: ways.close,
  };
}

function bySystem(connections: readonly Connection[]): { [system: string]: string[] } {
  const ids: { [system: string]: string[] } = {};
  for (const { system, id } of connections) ids[system] = [...(ids[system] ?? []), id];
  return ids;
}
