import type { JsonObject } from '../../../schemas/json.ts';
import type { RoutingFile } from '../../../schemas/routing-v1.generated.ts';
import routingSchema from '../../../schemas/routing-v1.schema.json' with { type: 'json' };
import { atOnce, type InPieces } from '../compile/in-pieces.ts';
import { matchProblems, shapeProblem } from '../compile/operators-file.ts';
import { readYamlInPieces } from '../compile/read-yaml.ts';
import { listField, type SourceMap, scalarField, toJson } from '../compile/source-node.ts';
import { type Diagnostic, type Problem, sortDiagnostics, toDiagnostic } from '../diagnostics/diagnostic.ts';
import { nearestName } from '../diagnostics/nearest-name.ts';
import { indexLines } from '../diagnostics/position.ts';
import { alertType } from '../expression/alert-type.ts';
import { unwrapExpression } from '../expression/parse-template.ts';
import { createValidator } from '../schema/create-validator.ts';
import { orderDefault, type Routing } from './routing.ts';

/*
 * Text of a routing file → Routing. Every problem is reported at once, with its place. Refuses to
 * know which playbooks exist: it is handed their ids.
 */

export type RoutingCompilation =
  | { ok: true; routing: Routing; diagnostics: Diagnostic[] }
  | { ok: false; diagnostics: Diagnostic[] };

/** Ten thousand entries with a condition of a hundred characters each. */
export const routingBytesMax = 2 * 1024 * 1024;
/** A few milliseconds of work. */
const entriesPerPiece = 200;
/** Each is compared with the id of every playbook there is. */
const guessesMax = 20;

const validate = createValidator(routingSchema as JsonObject);

interface Options {
  file: string;
  playbooks: readonly string[];
}

export function compileRouting(text: string, options: Options): RoutingCompilation {
  return atOnce(compileRoutingInPieces(text, options));
}

/** Ten thousand entries are a second of thought. */
export function* compileRoutingInPieces(text: string, options: Options): InPieces<RoutingCompilation> {
  const lines = indexLines(text);
  const refuse = (problems: readonly Problem[]): RoutingCompilation => ({
    ok: false,
    diagnostics: sortDiagnostics(problems.map((each) => toDiagnostic(each, options.file, lines))),
  });
  const { root, problems: read } = yield* readYamlInPieces(text, routingBytesMax);
  if (root === null) return refuse(read);
  const entries = listField(root, 'playbooks').filter((entry) => entry.kind === 'map');
  yield;
  const file = toJson(root);
  const problems = [...read, ...validate(file).map((problem) => shapeProblem(root, problem))];
  yield;
  problems.push(...namesOf(entries, options.playbooks));
  for (const [index, entry] of entries.entries()) {
    problems.push(...matchProblems(entry, text, { alert: alertType }));
    if (index % entriesPerPiece === 0) yield;
  }
  if (problems.length > 0) return refuse(problems);
  return { ok: true, routing: lower(file as unknown as RoutingFile), diagnostics: [] };
}

function lower(file: RoutingFile): Routing {
  return {
    routes: file.playbooks.map((entry) => ({
      playbook: entry.id,
      order: entry.order ?? orderDefault,
      enabled: entry.enabled ?? true,
      expires: entry.expires ?? null,
      match: entry.match === undefined ? null : unwrapExpression(entry.match).expr,
      mode: entry.mode ?? null,
    })),
  };
}

function namesOf(entries: readonly SourceMap[], playbooks: readonly string[]): Problem[] {
  const problems: Problem[] = [];
  const known = new Set(playbooks);
  let guesses = 0;
  const seen = new Map<string, { start: number; end: number }>();
  for (const entry of entries) {
    const id = scalarField(entry, 'id');
    if (typeof id?.value !== 'string') continue;
    const earlier = seen.get(id.value);
    if (earlier !== undefined) {
      problems.push({
        code: 'compile/duplicate-id',
        at: id.at,
        path: id.path,
        message: `"${id.value}" is listed twice`,
        seen: { at: earlier, message: 'first here' },
      });
    }
    seen.set(id.value, earlier ?? id.at);
    if (known.has(id.value)) continue;
    guesses += 1;
    const meant = guesses > guessesMax ? null : nearestName(id.value, playbooks);
    problems.push({
      code: 'match/unknown-playbook',
      at: id.at,
      path: id.path,
      message: `there is no playbook "${id.value}"`,
      ...(meant !== null && { help: `did you mean "${meant}"?` }),
    });
  }
  return problems;
}
