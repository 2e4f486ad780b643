import { createHash } from 'node:crypto';
import type { Code } from '../../schemas/codes.ts';
import type { CaseRequirement } from '../core/cases/case-requirement.ts';
import type { CasesText, PlayedCases } from '../core/cases/play-published.ts';
import { judgeRequirement } from '../core/cases/require-cases.ts';
import { type CompileOptions, compilePlaybook } from '../core/compile/compile-playbook.ts';
import { versionNotRaised } from '../core/compile/version-not-raised.ts';
import type { Actor } from '../core/contracts/entry.ts';
import type { Plan } from '../core/contracts/plan.ts';
import { type Diagnostic, sortDiagnostics } from '../core/diagnostics/diagnostic.ts';
import type { EngineParts } from './engine-parts.ts';
import { type PlayAnswer, playCases } from './play-cases.ts';
import type { PlaysWith } from './plays-with.ts';
import { type PublishedCases, playedBefore, storeCases } from './publish-cases.ts';
import { recordAudit } from './record-audit.ts';
import { lockKey } from './store/queries/crowd-control.ts';
import { indexTriggers } from './store/queries/index-triggers.ts';
import { databaseNowMs } from './store/queries/lock-scopes.ts';
import { readCallables } from './store/queries/read-callables.ts';
import type { Tx } from './store/sql.ts';

export interface PublishInput {
  source: string;
  /** As diagnostics name it. */
  file: string;
  /** The id the caller means; another one in the text is refused. Null: take the text's. */
  expectedId: string | null;
  actor: Actor;
  requestId: string;
  registry: CompileOptions['registry'];
  /** What is written beside it. Absent: it comes without, and those of a version that is there already stay. */
  cases?: CasesToPublish;
  /** Absent: cases are its author's affair. */
  requires?: CaseRequirement | null;
}

export interface CasesToPublish {
  text: CasesText;
  with: PlaysWith;
}

export type Published =
  | {
      ok: true;
      id: string;
      version: number;
      digest: string;
      unchanged: boolean;
      diagnostics: Diagnostic[];
      /** Null where none came along. */
      cases: PublishedCases | null;
    }
  | { ok: false; code: Code; detail: string; diagnostics: Diagnostic[] };

/*
 * Compiles and stores a new version; new runs use it from the commit on, runs under way keep theirs.
 * The same plan again is not a new version; the same text that makes another plan by now is one. What fails
 * to compile is stored nowhere, and the attempt is an entry.
 */
export async function publishPlaybook(parts: EngineParts, input: PublishInput): Promise<Published> {
  const compiled = compilePlaybook(input.source, {
    file: input.file,
    registry: input.registry,
    connections: new Map(Object.entries(parts.connections)),
    playbooks: await readCallables(parts.database, parts.tenant, input.source),
  });
  if (!compiled.ok)
    return reject(parts, input, 'request/invalid', 'the playbook has errors', compiled.diagnostics);
  const { id, status } = compiled.plan.playbook;
  if (input.expectedId !== null && id !== input.expectedId) {
    return reject(
      parts,
      input,
      'request/conflict',
      `the text is playbook "${id}", not "${input.expectedId}"`,
      compiled.diagnostics,
    );
  }
  if (status === 'deprecated') {
    return reject(
      parts,
      input,
      'request/conflict',
      'a deprecated playbook keeps running but cannot be published again',
      compiled.diagnostics,
    );
  }
  const answer = await play(parts, input, compiled);
  if (!answer.ok) return reject(parts, input, answer.code, answer.detail, answer.diagnostics);
  const published = await parts.database.transaction((tx) =>
    store(tx, parts, input, compiled, answer.played),
  );
  if (!published.ok) return reject(parts, input, published.code, published.detail, published.diagnostics);
  parts.afterCommit({ attempts: false, entries: true, freedGroups: [], soonestDueMs: null });
  return published;
}

type Compiled = Extract<ReturnType<typeof compilePlaybook>, { ok: true }>;

/** Before anything is locked: it takes seconds. What it says is about this plan and these texts, whatever is current by then. */
async function play(
  parts: EngineParts,
  { source, file, cases, registry }: PublishInput,
  { plan, digest }: Compiled,
): Promise<PlayAnswer | { ok: true; played: null }> {
  if (cases === undefined) return { ok: true, played: null };
  const named = { id: plan.playbook.id, digest };
  const before = await playedBefore(parts.database, parts, named, cases.text, cases.with);
  if (before !== null) return { ok: true, played: before };
  return playCases(parts, registry, { plan, digest, source, file }, cases.text);
}

async function store(
  tx: Tx,
  parts: EngineParts,
  input: PublishInput,
  compiled: Compiled,
  played: PlayedCases | null,
): Promise<Published> {
  const { plan, digest, diagnostics } = compiled;
  const { id } = plan.playbook;
  await lockKey(tx, parts.tenant, `playbook/${id}`);
  const sha256 = createHash('sha256').update(input.source).digest('hex');
  const current = await tx.query<{ version: number; digest: string }>(
    `select v.version, v.digest from playbooks p
     join playbook_versions v on v.tenant_id = p.tenant_id and v.playbook_id = p.id and v.version = p.current_version
     where p.tenant_id = $1 and p.id = $2`,
    [parts.tenant, id],
  );
  const [before] = current.rows;
  const isCurrent = before?.digest === digest;
  // What is in force already is not published, and what was demanded since is no reason to say no to nothing.
  if (!isCurrent || played !== null) {
    const text = { file: input.file, text: input.source };
    const unmet = judgeRequirement(input.requires ?? null, plan, text, played);
    if (unmet !== null) return { ok: false, ...unmet };
  }
  const withCases = async (version: number) => {
    if (input.cases === undefined || played === null) return null;
    const playbook = { id, version: plan.playbook.version, digest };
    const { actor, requestId, cases } = input;
    const playing = { actor, requestId, playbook, version, with: cases.with, played };
    return storeCases(tx, parts, cases.text, playing);
  };
  if (isCurrent) {
    const cases = await withCases(before.version);
    return { ok: true, id, version: before.version, digest, unchanged: true, diagnostics, cases };
  }
  if (plan.playbook.status === 'stable' && (await isTaken(tx, parts, compiled, sha256))) {
    const finding = versionNotRaised(compiled.source, plan.playbook.version);
    return {
      ok: false,
      code: 'compile/version-not-raised',
      detail: `${finding.message}; ${finding.help}`,
      diagnostics: sortDiagnostics([...diagnostics, finding]),
    };
  }
  const version = (before?.version ?? 0) + 1;
  await tx.query(
    `insert into playbook_versions (tenant_id, playbook_id, version, semver, title, source, source_sha256, plan, digest,
       compiler_version, published_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [
      parts.tenant,
      id,
      version,
      plan.playbook.version,
      plan.playbook.title,
      input.source,
      sha256,
      JSON.stringify(plan),
      digest,
      plan.compilerVersion,
      input.actor.id,
    ],
  );
  await tx.query(
    `insert into playbooks (tenant_id, id, current_version) values ($1, $2, $3)
     on conflict (tenant_id, id) do update set current_version = excluded.current_version`,
    [parts.tenant, id, version],
  );
  await indexTriggers(tx, parts.tenant, id, plan.triggers);
  // From installation on there is a row to lock, so a stop of this playbook is exact from the first run.
  await tx.query(
    `insert into stops (tenant_id, scope, subject) values ($1, 'playbook', $2) on conflict do nothing`,
    [parts.tenant, id],
  );
  const entry = {
    type: 'playbook.published' as const,
    actor: input.actor,
    playbook: { id, version: plan.playbook.version, digest },
    requestId: input.requestId,
    data: { number: version, impact: plan.impact, mode: plan.mode },
  };
  await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  const cases = await withCases(version);
  return { ok: true, id, version, digest, unchanged: false, diagnostics, cases };
}

const numbered = `
select digest, source_sha256 as sha256, plan->'children' as children from playbook_versions
where tenant_id = $1 and playbook_id = $2 and semver = $3 order by version desc limit 1`;

/** Whether this version number stands for another content, however long that has not been current. */
async function isTaken(
  tx: Tx,
  parts: EngineParts,
  { plan, digest }: Compiled,
  sha256: string,
): Promise<boolean> {
  const { id, version } = plan.playbook;
  const named = [parts.tenant, id, version];
  const { rows } = await tx.query<{ digest: string; sha256: string; children: Plan['children'] }>(
    numbered,
    named,
  );
  const [known] = rows;
  if (known === undefined || known.digest === digest) return false;
  return known.sha256 !== sha256 || !(await callsTheSame(tx, parts, known.children, plan.children));
}

const textsOf = `
select distinct playbook_id, source_sha256 from playbook_versions where tenant_id = $1 and digest = any($2)
order by playbook_id, source_sha256`;

/**
 * Whether what is called reads as it did. A version number is its author's word about a text: where every text is as
 * it was, another compiler or other actions made another plan of it, and there is nobody who could raise the number.
 */
async function callsTheSame(
  tx: Tx,
  { tenant }: EngineParts,
  ...versions: Plan['children'][]
): Promise<boolean> {
  const [before, now] = await Promise.all(
    versions.map((children) =>
      tx.query(textsOf, [tenant, Object.values(children).map(({ digest }) => digest)]),
    ),
  );
  return JSON.stringify(before?.rows) === JSON.stringify(now?.rows);
}

async function reject(
  parts: EngineParts,
  input: PublishInput,
  code: Code,
  detail: string,
  diagnostics: Diagnostic[],
): Promise<Published> {
  await parts.database.transaction(async (tx) => {
    const entry = {
      type: 'playbook.rejected' as const,
      actor: input.actor,
      code,
      reason: detail,
      requestId: input.requestId,
      data: {
        file: input.file.slice(0, 200),
        problems: diagnostics.slice(0, 10).map((each) => `${each.line}:${each.column} ${each.code}`),
      },
    };
    await recordAudit(tx, parts.tenant, await databaseNowMs(tx), [entry], parts.mint);
  });
  return { ok: false, code, detail, diagnostics };
}
