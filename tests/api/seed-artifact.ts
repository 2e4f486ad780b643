import { createHash } from 'node:crypto';
import type { Sql } from '../../engine/runtime/store/sql.ts';
import type { Json } from '../../schemas/json.ts';

/** An answer that did not fit, of whatever attempts there are. @returns how the first of them is found */
export async function seedArtifact(sql: Sql, answer: Json = { machines: ['DB-1'] }): Promise<string> {
  const body = Buffer.from(JSON.stringify(answer), 'utf8');
  const sha256 = `sha256:${createHash('sha256').update(body).digest('hex')}`;
  const { rows } = await sql.query<{ id: string }>(
    `insert into artifacts (tenant_id, id, run_id, path, attempt_id, sha256, size, body)
     select tenant_id, 'art_' || id, run_id, step_path, id, $1, octet_length($2::bytea), $2 from attempts
     where purpose = 'perform' order by id returning id`,
    [sha256, body],
  );
  return rows[0]?.id ?? '';
}
