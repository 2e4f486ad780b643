import { afterAll } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import type { UseCases } from '../../api/http/use-cases.ts';
import { bindUseCases } from '../../api/process/bind-use-cases.ts';
import { openAuditVerifier } from '../../api/process/open-audit.ts';
import type { CaseRequirement } from '../../engine/core/cases/case-requirement.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { Role } from '../../engine/core/identity/rights.ts';
import { createLines } from '../../engine/runtime/http/open-line.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openIdentity } from '../../engine/runtime/identity/open-identity.ts';
import type { Person } from '../../engine/runtime/identity/person.ts';
import { openRead } from '../../engine/runtime/read/open-read.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { type Api, startApi } from '../api/start-api.ts';
import type { Corridor } from './corridor.ts';
import { noSecret } from './made-secrets.ts';

const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;

export interface Doors extends Pick<Api, 'call' | 'url'> {
  person(name: string, roles: Role[], groups?: string[]): Promise<{ person: Person; token: string }>;
  service(name: string, roles: Role[]): Promise<string>;
}

/** What stands behind every door. Once per test file. */
export function useCasesOf(
  { database: { app }, engine }: Pick<Corridor, 'database' | 'engine'>,
  requires: CaseRequirement | null = null,
): UseCases {
  const http = createHttp({});
  afterAll(() => http.close());
  const parts = { database: app, tenant: defaultTenant, mint: mintId };
  const nothing = () => undefined;
  const lines = createLines({});
  const streams = { ...parts, log: nothing, http, secret: noSecret, lines, host: 'riposte.example' };
  const verifier = openAuditVerifier(app, defaultTenant, mintId);
  return bindUseCases(engine, manifestsOf(createRegistry()), verifier, streams, {}, app, requires);
}

/** The HTTP API over a corridor, with the real use cases behind it. Once per test file. */
export async function openCorridorDoors(corridor: Corridor): Promise<Doors> {
  const { app } = corridor.database;
  const identity = openIdentity({ database: app, tenant: defaultTenant, mint: mintId });
  const api = await startApi({
    database: app,
    identity,
    read: openRead(app),
    useCases: useCasesOf(corridor),
  });
  const token = async (personId: string | null, name: string, roles: Role[]): Promise<string> => {
    const made = await identity.createToken(system, { personId: personId as never, name, roles });
    if (!made.ok) throw new Error(made.detail);
    return made.secret;
  };
  return {
    url: api.url,
    call: api.call,
    async person(name, roles, groups = []) {
      const made = await identity.createPerson(system, { name, email: null, roles, groups });
      if (!made.ok) throw new Error(made.detail);
      return { person: made.person, token: await token(made.person.id, name, roles) };
    },
    service: (name, roles) => token(null, name, roles),
  };
}
