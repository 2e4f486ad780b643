import type { GuardrailsFile } from '../../../schemas/guardrails-v1.generated.ts';
import guardrailsSchema from '../../../schemas/guardrails-v1.schema.json' with { type: 'json' };
import type { JsonObject } from '../../../schemas/json.ts';
import { guardType } from '../compile/name-types.ts';
import { matchProblems, shapeProblem } from '../compile/operators-file.ts';
import { readDuration } from '../compile/read-duration.ts';
import { readYaml } from '../compile/read-yaml.ts';
import { listField, type SourceMap, scalarField, toJson } from '../compile/source-node.ts';
import type { AskTerms } from '../contracts/command.ts';
import { type Diagnostic, type Problem, sortDiagnostics, toDiagnostic } from '../diagnostics/diagnostic.ts';
import { indexLines } from '../diagnostics/position.ts';
import { unwrapExpression } from '../expression/parse-template.ts';
import { spellApprover } from '../identity/may-decide.ts';
import { createValidator } from '../schema/create-validator.ts';
import type { GuardrailLimit, GuardrailRule, Guardrails } from './guardrails.ts';

/* Text of a guardrails file → Guardrails. Every problem is reported at once, with its place. */

export type GuardrailsCompilation =
  | { ok: true; guardrails: Guardrails; diagnostics: Diagnostic[] }
  | { ok: false; diagnostics: Diagnostic[] };

const validate = createValidator(guardrailsSchema as JsonObject);

const lists = ['protected', 'ask', 'limits', 'freeze'];
const dayMs = 86_400_000;
const perMsMax = 30 * dayMs;

export function compileGuardrails(text: string, options: { file: string }): GuardrailsCompilation {
  const lines = indexLines(text);
  const refuse = (problems: readonly Problem[]): GuardrailsCompilation => ({
    ok: false,
    diagnostics: sortDiagnostics(problems.map((each) => toDiagnostic(each, options.file, lines))),
  });
  const { root, problems: read } = readYaml(text);
  if (root === null) return refuse(read);
  const entries = lists.flatMap((list) => listField(root, list)).filter((entry) => entry.kind === 'map');
  const problems = [
    ...read,
    ...validate(toJson(root)).map((problem) => shapeProblem(root, problem)),
    ...repeatedIds(entries),
    ...entries.flatMap((entry) => [
      ...matchProblems(entry, text, { guard: guardType }),
      ...timeProblems(entry),
    ]),
  ];
  if (problems.length > 0) return refuse(problems);
  return { ok: true, guardrails: lower(toJson(root) as unknown as GuardrailsFile), diagnostics: [] };
}

function lower(file: GuardrailsFile): Guardrails {
  return {
    rules: [
      ...(file.protected ?? []).map(
        (entry): GuardrailRule => ({
          ...named(entry, entry.reason),
          effect: entry.effect,
          match: unwrapExpression(entry.match).expr,
          // The day itself still counts.
          untilMs: entry.expires === undefined ? null : Date.parse(entry.expires) + dayMs,
        }),
      ),
      ...(file.ask ?? []).map(
        (entry): GuardrailRule => ({
          ...named(entry, 'The guardrails ask first'),
          effect: 'ask',
          match: unwrapExpression(entry.match).expr,
        }),
      ),
      ...(file.freeze ?? []).map(
        (entry): GuardrailRule => ({
          ...named(entry, `Frozen until ${entry.to}`),
          effect: entry.effect,
          match: null,
          fromMs: Date.parse(entry.from),
          untilMs: Date.parse(entry.to),
        }),
      ),
    ],
    limits: (file.limits ?? []).map(
      (entry): GuardrailLimit => ({
        id: entry.id,
        classes: entry.classes,
        targetKind: entry.target_kind,
        size: entry.share === undefined ? { targets: entry.targets ?? 0 } : { share: entry.share },
        perMs: readDuration(entry.per) ?? 0,
        onExceed: entry.on_exceed,
        reason:
          entry.reason ?? `More ${entry.target_kind} targets than the guardrails allow per ${entry.per}`,
        terms: entry.approvers === undefined && entry.quorum === undefined ? null : termsOf(entry),
      }),
    ),
    modeCeiling: file.mode_ceiling ?? 'enforce',
  };
}

function termsOf({
  approvers = [],
  quorum = 1,
  break_glass: alone = false,
}: Omit<Named, 'id' | 'classes'>): AskTerms {
  return { approvers: approvers.map(spellApprover), quorum, glassQuorum: alone ? 1 : quorum };
}

interface Named {
  id: string;
  classes: GuardrailRule['classes'];
  reason?: string;
  approvers?: string[];
  quorum?: number;
  break_glass?: boolean;
}

function named(entry: Named, reason: string): Omit<GuardrailRule, 'effect' | 'match'> {
  const { id, classes, approvers = [], quorum = 1 } = entry;
  const alone = entry.break_glass === true ? { breakGlass: true } : {};
  return {
    id,
    classes,
    reason: entry.reason ?? reason,
    approvers: approvers.map(spellApprover),
    quorum,
    ...alone,
    fromMs: null,
    untilMs: null,
  };
}

/** Ids name budgets and stand in answers: they are unique in the whole file. */
function repeatedIds(entries: readonly SourceMap[]): Problem[] {
  const seen = new Map<string, { start: number; end: number }>();
  return entries.flatMap((entry): Problem[] => {
    const id = scalarField(entry, 'id');
    if (typeof id?.value !== 'string') return [];
    const earlier = seen.get(id.value);
    seen.set(id.value, earlier ?? id.at);
    if (earlier === undefined) return [];
    const message = `"${id.value}" is used twice`;
    const before = { at: earlier, message: 'first here' };
    return [{ code: 'compile/duplicate-id', at: id.at, path: id.path, message, seen: before }];
  });
}

function timeProblems(entry: SourceMap): Problem[] {
  const invalid = (key: string, message: string): Problem[] => {
    const scalar = scalarField(entry, key);
    if (scalar === undefined) return [];
    return [{ code: 'compile/invalid-value', at: scalar.at, path: scalar.path, message }];
  };
  const per = scalarField(entry, 'per')?.value;
  if (typeof per === 'string') {
    const perMs = readDuration(per);
    if (perMs === null || perMs === 0 || perMs > perMsMax) return invalid('per', 'between 1s and 30d');
  }
  const from = Date.parse(String(scalarField(entry, 'from')?.value));
  const to = Date.parse(String(scalarField(entry, 'to')?.value));
  return to <= from ? invalid('to', 'the freeze ends before it begins') : [];
}
