import type { Case, Cases, Given } from '../../../schemas/cases-v1.generated.ts';
import casesSchema from '../../../schemas/cases-v1.schema.json' with { type: 'json' };
import type { Code } from '../../../schemas/codes.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { readYaml } from '../compile/read-yaml.ts';
import { firstKeyAt, keyAt, nodeAt, type SourceMap, toJson } from '../compile/source-node.ts';
import { type Diagnostic, type Problem, sortDiagnostics, toDiagnostic } from '../diagnostics/diagnostic.ts';
import { nearestName } from '../diagnostics/nearest-name.ts';
import { indexLines, type Lines, type Span } from '../diagnostics/position.ts';
import { createValidator, type SchemaProblem } from '../schema/create-validator.ts';

/*
 * A case file as values that know where they stand. Decides only whether the file has the shape of
 * cases/v1; refuses to know the playbook and the files that it names.
 */

export interface CaseFile {
  file: string;
  text: string;
  /** As written, relative to the case file. */
  playbook: string;
  /** What all cases are given. */
  shared: Given;
  cases: readonly WrittenCase[];
  root: SourceMap;
  lines: Lines;
}

/** One case with what it shares with the others already filled in. */
export interface WrittenCase {
  name: string;
  /** JSON pointer of the case in the file. */
  path: string;
  given: Given;
  signals: NonNullable<Case['signals']>;
  decisions: NonNullable<Case['decisions']>;
  expect: Case['expect'];
}

export type CaseReading = { ok: true; file: CaseFile } | { ok: false; diagnostics: Diagnostic[] };

const validate = createValidator(casesSchema as unknown as JsonObject);

export function readCases(text: string, file: string): CaseReading {
  const { root, problems } = readYaml(text);
  const lines = indexLines(text);
  const refuse = (found: readonly Problem[]): CaseReading => ({
    ok: false,
    diagnostics: sortDiagnostics(found.map((problem) => toDiagnostic(problem, file, lines))),
  });
  if (root === null) return refuse(problems);
  const json = toJson(root);
  const shape = problems.length > 0 ? problems : shapeProblems(root, validate(json));
  if (shape.length > 0) return refuse(shape);
  // The schema just said that it is one.
  const written = json as unknown as Cases;
  const cases = written.cases.map((each, index) => fill(written.given ?? {}, each, `/cases/${index}`));
  const twice = repeatedNames(cases, root);
  if (twice.length > 0) return refuse(twice);
  return {
    ok: true,
    file: { file, text, playbook: written.playbook, shared: written.given ?? {}, cases, root, lines },
  };
}

/** A case overrides any part of what is shared; named things one by one, everything else as a whole. */
function fill(shared: Given, one: Case, path: string): WrittenCase {
  const own = one.given ?? {};
  const given: Given = {
    ...shared,
    ...own,
    inputs: { ...shared.inputs, ...own.inputs },
    actions: { ...shared.actions, ...own.actions },
    people: { ...shared.people, ...own.people },
    used: { ...shared.used, ...own.used },
  };
  return {
    name: one.name,
    path,
    given,
    signals: one.signals ?? [],
    decisions: one.decisions ?? [],
    expect: one.expect,
  };
}

function shapeProblems(root: SourceMap, found: readonly SchemaProblem[]): Problem[] {
  // Alternatives report every branch; the longest pointer says what was meant.
  const alternatives = found.filter(({ keyword }) => keyword === 'oneOf').map(({ pointer }) => pointer);
  const kept = found.filter(
    (problem) =>
      problem.keyword !== 'oneOf' &&
      !(alternatives.includes(problem.pointer) && ['type', 'const'].includes(problem.keyword)),
  );
  const told = kept.length > 0 ? kept : found;
  const problems = new Map<string, Problem>();
  for (const problem of told) {
    const problemAt = placeOfProblem(root, problem);
    const name = problem.pointer === '' ? 'the file' : problem.pointer.slice(1).replaceAll('/', '.');
    const message = `${name} ${problem.message}`;
    problems.set(`${problemAt.start} ${message}`, {
      code: 'case/bad-file',
      at: problemAt,
      path: problem.pointer,
      message,
      ...nearest(problem),
    });
  }
  return [...problems.values()];
}

function placeOfProblem(root: SourceMap, problem: SchemaProblem): Span {
  const node = nodeAt(root, problem.pointer);
  if (node.kind !== 'map') return node.at;
  const extra = problem.params.additionalProperty;
  return typeof extra === 'string' ? keyAt(node, extra) : firstKeyAt(node);
}

function nearest(problem: SchemaProblem): { help?: string } {
  const extra = problem.params.additionalProperty;
  const known = problem.schema.properties;
  if (typeof extra !== 'string' || typeof known !== 'object' || known === null) return {};
  const near = nearestName(extra, Object.keys(known));
  return near === null ? {} : { help: `did you mean "${near}"?` };
}

function repeatedNames(cases: readonly WrittenCase[], root: SourceMap): Problem[] {
  const seen = new Map<string, string>();
  const problems: Problem[] = [];
  for (const { name, path } of cases) {
    const earlier = seen.get(name);
    if (earlier === undefined) seen.set(name, path);
    else {
      problems.push({
        code: 'case/bad-file',
        at: nodeAt(root, `${path}/name`).at,
        path: `${path}/name`,
        message: `two cases have the name "${name}"`,
        seen: { at: nodeAt(root, `${earlier}/name`).at, message: 'the first one' },
      });
    }
  }
  return problems;
}

/** A finding about one place of a case file. */
export function remark(file: CaseFile, code: Code, path: string, message: string, help?: string): Diagnostic {
  const node = nodeAt(file.root, path);
  const at = node.kind === 'map' ? firstKeyAt(node) : node.at;
  const problem: Problem = { code, at, path, message, ...(help === undefined ? {} : { help }) };
  return toDiagnostic(problem, file.file, file.lines);
}
