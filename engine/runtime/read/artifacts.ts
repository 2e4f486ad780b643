import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Sql } from '../store/sql.ts';
import { add, conditionsFor } from './conditions.ts';
import { hiderFor } from './hide-in-runs.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { timeOf } from './time.ts';

/** What was too large for its step: an answer, or what a loop or a called run gave. */
export interface ArtifactItem {
  /** `art_…` */
  id: string;
  run: string;
  /** Path of the step. */
  step: string;
  /** Null: of a loop, or of a called run. */
  attempt: string | null;
  /** Bytes. */
  size: number;
  /** `sha256:…` of them, as the step names it. */
  sha256: string;
  createdAt: string;
}

export interface Artifact extends ArtifactItem {
  /** JSON in UTF-8: the bytes that were kept, unless something is hidden in them. */
  body: Uint8Array;
  /** The playbook hides a part of it with `mask`, so the bytes are not those of the digest. */
  hides: boolean;
}

interface Row {
  id: string;
  run_id: string;
  path: string;
  attempt_id: string | null;
  size: number;
  sha256: string;
  created_at: Date;
}

const columns = 'k.id, k.run_id, k.path, k.attempt_id, k.size, k.sha256, k.created_at';

/** Of one run or of all of an incident, in the order in which they came. */
export async function listArtifacts(
  sql: Sql,
  tenant: TenantId,
  filter: { run?: string | undefined; incident?: string | undefined },
  request: PageRequest,
): Promise<Page<ArtifactItem>> {
  const conditions = conditionsFor('k.tenant_id', tenant);
  add(conditions, 'k.run_id = ?', filter.run);
  add(
    conditions,
    'k.run_id in (select r.id from runs r where r.tenant_id = $1 and r.incident_id = ?)',
    filter.incident,
  );
  return readPage<Row, ArtifactItem>(sql, request, {
    question: questionOf('artifacts', filter),
    columns,
    from: 'artifacts k',
    conditions,
    sortColumn: 'k.id',
    sortKind: 'text',
    idColumn: 'k.id',
    descending: false,
    toItem,
  });
}

/** Null when there is none of that name. */
export async function readArtifact(sql: Sql, tenant: TenantId, id: string): Promise<Artifact | null> {
  const { rows } = await sql.query<Row & { body: Buffer }>(
    `select ${columns}, k.body from artifacts k where k.tenant_id = $1 and k.id = $2`,
    [tenant, id],
  );
  const row = rows[0];
  if (row === undefined) return null;
  const { run_id: run, path, body } = row;
  const whole = JSON.parse(body.toString('utf8')) as JsonObject;
  const shown = (await hiderFor(sql, tenant, [run])).outputs(run, path, whole);
  const hides = shown !== whole && JSON.stringify(shown) !== JSON.stringify(whole);
  return { ...toItem(row), body: hides ? Buffer.from(JSON.stringify(shown), 'utf8') : body, hides };
}

function toItem(row: Row): ArtifactItem {
  return {
    id: row.id,
    run: row.run_id,
    step: row.path,
    attempt: row.attempt_id,
    size: row.size,
    sha256: row.sha256,
    createdAt: timeOf(row.created_at),
  };
}
