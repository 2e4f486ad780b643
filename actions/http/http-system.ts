import type { Endpoint, EndpointsFile } from '../../schemas/endpoints-v1.generated.ts';

export type { Endpoint, EndpointsFile };

/** A system that Riposte has no connector for, as its operator describes it (decision record 0046). */
export interface HttpSystem {
  /** First half of its actions' keys; the system of its connections. */
  name: string;
  file: EndpointsFile;
}

/** One endpoint of it, by the second half of its action's key. */
export interface NamedEndpoint {
  system: HttpSystem;
  name: string;
  endpoint: Endpoint;
}

export function endpointsOf(system: HttpSystem): NamedEndpoint[] {
  return Object.entries(system.file.endpoints).map(([name, endpoint]) => ({ system, name, endpoint }));
}

export function keyOf({ system, name }: Pick<NamedEndpoint, 'system' | 'name'>): string {
  return `${system.name}.${name}`;
}
