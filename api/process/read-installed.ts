import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { HttpSystem } from '../../actions/http/http-system.ts';
import { type ConnectionConfig, readConnections } from './read-connections.ts';
import { readEndpoints } from './read-endpoints.ts';

/** What `RIPOSTE_CONNECTIONS` installs: connections, and systems that bring their own actions. */
export interface Installed {
  readonly connections: readonly ConnectionConfig[];
  readonly httpSystems: readonly HttpSystem[];
}

const readText = (path: string): string => readFileSync(path, 'utf8');

/** @param path of the file with the connections */
export function readInstalled(path: string): { value: Installed } | { write: string } {
  const connections = readConnections(path, readText);
  if ('write' in connections) return connections;
  const httpSystems = readEndpoints(connections.value, dirname(path), readText);
  if ('write' in httpSystems) return httpSystems;
  return { value: { connections: connections.value, httpSystems: httpSystems.value } };
}
