import { createHash } from 'node:crypto';
import type { CasesText, PlayedCases } from '../core/cases/play-published.ts';
import type { Actor } from '../core/contracts/entry.ts';
import type { EngineParts } from './engine-parts.ts';
import { isOld, type PlaysWith } from './plays-with.ts';
import { recordAudit } from './record-audit.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import type { Sql, Tx } from './store/sql.ts';

/*
 * Cases beside a version, in the transaction that publishes it or finds it in force; whoever calls holds the lock of the
 * playbook, so numbers follow each other. The same files again are nothing new.
 */

export interface Playing {
  actor: Actor;
  requestId: string;
  playbook: { id: string; version: string; digest: string };
  /** As we count. */
  version: number;
  with: PlaysWith;
  played: PlayedCases;
}

export interface PublishedCases {
  number: number;
  sha256: string;
  unchanged: boolean;
  counts: PlayedCases['counts'];
  groups: PlayedCases['coverage']['groups'];
}

interface Row {
  number: number;
  sha256: string;
  files: CasesText['files'];
  result: PlayedCases;
  played_with: PlaysWith;
}

const newest = `
select number, source_sha256 as sha256, files, result, played_with from playbook_cases
where tenant_id = $1 and playbook_id = $2 and version = $3 order by number desc limit 1`;

const current = `
select p.current_version as version from playbooks p
join playbook_versions v on v.tenant_id = p.tenant_id and v.playbook_id = p.id and v.version = p.current_version
where p.tenant_id = $1 and p.id = $2 and v.digest = $3`;

const insert = `
insert into playbook_cases (tenant_id, playbook_id, version, number, source, source_sha256, files, published_by, result,
  played_with, played_by)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $8)`;

const update = `
update playbook_cases set result = $5, played_with = $6, played_by = $7, played_at = clock_timestamp()
where tenant_id = $1 and playbook_id = $2 and version = $3 and number = $4`;

/** What these files did for the version in force, if nothing has changed since that they rest on: they need not be played. */
export async function playedBefore(
  sql: Sql,
  { tenant }: Pick<EngineParts, 'tenant'>,
  { id, digest }: { id: string; digest: string },
  text: CasesText,
  now: PlaysWith,
): Promise<PlayedCases | null> {
  const versions = await sql.query<{ version: number }>(current, [tenant, id, digest]);
  const [inForce] = versions.rows;
  if (inForce === undefined) return null;
  const { rows } = await sql.query<Row>(newest, [tenant, id, inForce.version]);
  const [row] = rows;
  return row !== undefined && isSame(row, text) && !isOld(row.played_with, now) ? row.result : null;
}

export async function storeCases(
  tx: Tx,
  parts: EngineParts,
  text: CasesText,
  playing: Playing,
): Promise<PublishedCases> {
  const { playbook, version, played, actor } = playing;
  const { rows } = await tx.query<Row>(newest, [parts.tenant, playbook.id, version]);
  const [before] = rows;
  const sha256 = digestOf(text);
  const said = { sha256, counts: played.counts, groups: played.coverage.groups };
  if (before !== undefined && isSame(before, text)) {
    if (isOld(before.played_with, playing.with)) await keepResult(tx, parts, before, playing);
    return { number: before.number, unchanged: true, ...said };
  }
  const number = (before?.number ?? 0) + 1;
  await tx.query(insert, [
    ...[parts.tenant, playbook.id, version, number, text.source, sha256, inOrder(text.files), actor.id],
    ...[JSON.stringify(played), JSON.stringify(playing.with)],
  ]);
  await record(tx, parts, 'playbook.cases-published', { number, sha256 }, playing);
  return { number, unchanged: false, ...said };
}

/** Of cases that are there: what was published stays, and the log has both results. */
export async function keepResult(
  tx: Tx,
  parts: EngineParts,
  cases: { number: number; sha256: string },
  playing: Playing,
): Promise<void> {
  const { playbook, version, played, actor } = playing;
  await tx.query(update, [
    ...[parts.tenant, playbook.id, version, cases.number],
    ...[JSON.stringify(played), JSON.stringify(playing.with), actor.id],
  ]);
  await record(tx, parts, 'playbook.cases-played', cases, playing);
}

/** Enough of a result to hold a page against it. */
async function record(
  tx: Tx,
  parts: EngineParts,
  type: 'playbook.cases-published' | 'playbook.cases-played',
  { number, sha256 }: { number: number; sha256: string },
  { actor, requestId, playbook, version, played: { counts, coverage } }: Playing,
): Promise<void> {
  const of = ({ covered, total }: { covered: number; total: number }) => `${covered}/${total}`;
  const { branches, approvals } = coverage.groups;
  const reached = { branches: of(branches), approvals: of(approvals) };
  const data = { number: version, cases: number, sha256, ...counts, ...reached };
  const entry = { type, actor, playbook, requestId, data };
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
}

function isSame(row: Pick<Row, 'sha256' | 'files'>, text: CasesText): boolean {
  return row.sha256 === digestOf(text) && inOrder(row.files) === inOrder(text.files);
}

function digestOf({ source }: CasesText): string {
  return createHash('sha256').update(source).digest('hex');
}

/** By name, so that the same files are the same text. */
function inOrder(files: CasesText['files']): string {
  const names = Object.keys(files).sort();
  return JSON.stringify(Object.fromEntries(names.map((name) => [name, files[name]])));
}
