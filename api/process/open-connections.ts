import { readFile } from 'node:fs/promises';
import type { Connection } from '../../engine/core/contracts/action.ts';
import type { ConnectionConfig } from './read-connections.ts';

/** Connections whose secrets are read at the moment a worker asks for them, and kept nowhere. */
export function openConnections(
  configured: readonly ConnectionConfig[],
  readVariable: (name: string) => string | undefined,
): Connection[] {
  return configured.map(({ id, system, settings, secrets }) => ({
    id,
    system,
    settings: { ...settings },
    async secret(name) {
      const source = secrets[name];
      if (source === undefined) throw new Error(`connection "${id}" of ${system} names no secret "${name}"`);
      const value = source.kind === 'env' ? readVariable(source.name) : await readFile(source.path, 'utf8');
      if (value === undefined || value.trim() === '') {
        throw new Error(`the secret "${name}" of connection "${id}" is empty`);
      }
      return value.trim();
    },
  }));
}

/** The lab estate serves every system with one client whose secret opens nothing else. */
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
  return systems.map((system) => ({
    id: 'lab',
    system,
    settings,
    async secret(name) {
      if (name !== 'client_secret') throw new Error(`the lab estate has no secret "${name}"`);
      return lab.secret;
    },
  }));
}
