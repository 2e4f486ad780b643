import type { Connection } from '../../engine/core/contracts/action.ts';
import { SecretFailure } from '../../engine/core/contracts/secret.ts';
import type { Secrets } from '../../engine/runtime/secrets/open-secrets.ts';
import type { ConnectionConfig } from './read-connections.ts';

/** Connections whose secrets are read at the moment a worker asks for them. */
export function openConnections(configured: readonly ConnectionConfig[], store: Secrets): Connection[] {
  return configured.map(({ id, system, settings, secrets }) => ({
    id,
    system,
    settings: { ...settings },
    secrets: Object.fromEntries(Object.entries(secrets).map(([name, { kind }]) => [name, kind])),
    async secret(name) {
      const source = Object.hasOwn(secrets, name) ? secrets[name] : undefined;
      if (source === undefined)
        throw new SecretFailure('misconfigured', 'the connection names no secret of that name.');
      return await store.read(source);
    },
  }));
}

/** What speaks another protocol than HTTP is not in the lab: a playbook that wants it is told that there is no connection. */
const notInLab: readonly string[] = ['ldap'];

/** The lab estate serves every other system with one client whose secret opens nothing else. */
export function labConnections(
  lab: { url: string; tenantId: string; clientId: string; secret: string },
  systems: readonly string[],
): Connection[] {
  const settings = {
    loginUrl: `${lab.url}/login`,
    tenantId: lab.tenantId,
    clientId: lab.clientId,
    graphUrl: `${lab.url}/graph/v1.0`,
    mdeUrl: `${lab.url}/mde`,
    webhookBase: `${lab.url}/chat/webhook`,
    // The estate finishes machine actions within a second; the vendor takes minutes.
    pollMs: '100',
  };
  const served = systems.filter((system) => !notInLab.includes(system));
  return served.map((system) => ({
    id: 'lab',
    system,
    settings,
    async secret(name) {
      if (name !== 'client_secret') throw new Error(`the lab estate has no secret "${name}"`);
      return lab.secret;
    },
  }));
}
