import { afterAll } from 'vitest';
import { createProbes } from '../../actions/create-probes.ts';
import { createRegistry } from '../../actions/registry.ts';
import type { Connection } from '../../engine/core/contracts/action.ts';
import type { ConnectionParts } from '../../engine/runtime/connections/connection-parts.ts';
import { createCallNotes } from '../../engine/runtime/connections/note-calls.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { noImap } from '../../engine/runtime/imap/no-imap.ts';
import { listConnections } from '../../engine/runtime/read/list-connections.ts';
import { labClient, labTenantId } from '../../examples/lab/scenario.ts';
import { type Lab, startLab } from '../../examples/lab/start-lab.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { type TestDatabase, useDatabase } from '../support/database.ts';
import { ldapOut } from '../support/ways-out.ts';

export interface Keeping {
  db: TestDatabase;
  lab: Lab;
  /** A worker with `edr.lab`, `directory.lab` and `chat.lab`; each call is another worker of the same installation. */
  worker(more?: Partial<ConnectionParts>): ConnectionParts;
  /** What the sign-ins of all workers use from now on. */
  secret: { value: string };
  list(): Promise<Awaited<ReturnType<typeof listConnections>>['items']>;
  one(id: string): Promise<Awaited<ReturnType<typeof listConnections>>['items'][number]>;
  /** Texts of the entries of a type, in order. */
  entries(type: string): Promise<string[]>;
}

/** Workers over a real database and the lab estate. */
export async function openKeeping(): Promise<Keeping> {
  const db = await useDatabase();
  const lab = await startLab();
  const http = createHttp({ allowPrivate: true });
  afterAll(async () => {
    await lab.close();
    await http.close();
  });
  const secret = { value: labClient.secret };
  const settings = {
    loginUrl: `${lab.url}/login`,
    tenantId: labTenantId,
    clientId: labClient.clientId,
    graphUrl: `${lab.url}/graph/v1.0`,
    mdeUrl: `${lab.url}/mde`,
    webhookBase: `${lab.url}/chat/webhook`,
  };
  const connections: Connection[] = ['edr', 'directory', 'chat'].map((system) => ({
    id: 'lab',
    system,
    settings,
    secret: async () => secret.value,
  }));
  const list = async () => (await listConnections(db.app, defaultTenant, {}, { limit: 50 })).items;
  return {
    db,
    lab,
    secret,
    worker: (more = {}) => ({
      database: db.app,
      tenant: defaultTenant,
      mint: mintId,
      log: () => undefined,
      http,
      ldap: ldapOut,
      imap: noImap,
      registry: createRegistry(),
      probes: createProbes(),
      connections,
      calls: createCallNotes(),
      clock: { nowMs: Date.now },
      chance: () => 0,
      ...more,
    }),
    list,
    async one(id) {
      const found = (await list()).find((each) => each.id === id);
      if (found === undefined) throw new Error(`no connection ${id}`);
      return found;
    },
    async entries(type) {
      const { rows } = await db.owner.query<{ entry: string }>(
        `select convert_from(entry, 'utf8') as entry from audit_pending order by id`,
      );
      return rows.map(({ entry }) => entry).filter((entry) => entry.includes(`"type":"${type}"`));
    },
  };
}
