import type { CompileCode } from '../../../schemas/codes.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import playbookSchema from '../../../schemas/playbook-v1.schema.json' with { type: 'json' };
import type { Problem } from '../diagnostics/diagnostic.ts';
import { didYouMean, type Suggestion } from '../diagnostics/fix.ts';
import { nearestName } from '../diagnostics/nearest-name.ts';
import type { Span } from '../diagnostics/position.ts';
import { compilePattern } from '../expression/functions/compile-pattern.ts';
import { createValidator, type SchemaProblem } from '../schema/create-validator.ts';
import { renameKey } from './rename-key.ts';
import {
  firstKeyAt,
  keyAt,
  nodeAt,
  type PlaybookSource,
  pointerTo,
  type SourceMap,
  type SourceNode,
  toJson,
} from './source-node.ts';
import { type KindKey, kindKeys, kindOf, writtenKinds } from './step-kind.ts';

/*
 * The file against `schemas/playbook-v1.schema.json`: the schema decides, this file finds the
 * place and the words. One slip, one problem: what only follows from another is left out.
 */

const validate = createValidator(playbookSchema as unknown as JsonObject);

export function checkShape(source: PlaybookSource): Problem[] {
  const found = validate(toJson(source.root));
  const unclear = new Set<SourceNode>();
  const problems: Problem[] = [];
  for (const problem of found) {
    const node = nodeAt(source.root, problem.pointer);
    if (!isStep(node, problem.pointer)) continue;
    const kinds = writtenKinds(node);
    if (kinds.length === 1 || unclear.has(node)) continue;
    unclear.add(node);
    problems.push(kinds.length > 1 ? mixedStep(node, kinds) : emptyStep(node, source.text));
  }
  // Which fields belong to an unclear step, nobody knows.
  const clear = found.filter((problem) => !unclear.has(nodeAt(source.root, problem.pointer)));
  const typos = new Set(clear.flatMap((problem) => typoOf(problem, source) ?? []));
  for (const problem of clear) {
    if (problem.keyword === 'required' && typos.has(`${problem.pointer}#${problem.params.missingProperty}`))
      continue;
    const translated = translate(problem, source);
    if (translated && !problems.some((other) => isSame(other, translated))) problems.push(translated);
  }
  return problems;
}

function isStep(node: SourceNode, pointer: string): node is SourceMap {
  return node.kind === 'map' && node.path === pointer && stepPointer.test(pointer);
}

// `/steps/0`, `/steps/0/then/1`, `/steps/0/parallel/left/0`, never `/steps/0/switch/0`.
const stepPointer = /\/(steps|on_failure|finally|then|else|default|parallel\/[^/]+)\/\d+$/;

function mixedStep(step: SourceMap, kinds: readonly KindKey[]): Problem {
  const [first, second] = kinds;
  const names = kinds.map((key) => `"${key}"`).join(' and ');
  return {
    code: 'compile/mixed-step',
    at: keyAt(step, second ?? ''),
    path: step.path,
    message: `one step has ${names}`,
    seen: { at: keyAt(step, first ?? ''), message: `"${first}" already says what the step does` },
    help: 'write two steps',
  };
}

function emptyStep(step: SourceMap, text: string): Problem {
  for (const { key, keyAt: at } of step.fields.values()) {
    if (stepKeys.has(key) || key.startsWith('x-')) continue;
    const meant = nearestName(key, Object.keys(kindKeys));
    if (meant) return unknownField(step, key, at, [meant], text);
  }
  return {
    code: 'compile/empty-step',
    at: firstKeyAt(step),
    path: step.path,
    message: 'the step does not say what it does',
    help: 'add one of action, approval, then (with if), switch, foreach, repeat, parallel, wait, call, set, undo or stop',
  };
}

const stepKeys: ReadonlySet<string> = new Set(Object.keys(playbookSchema.$defs.step.properties));

function translate(problem: SchemaProblem, source: PlaybookSource): Problem | null {
  const node = nodeAt(source.root, problem.pointer);
  switch (problem.keyword) {
    case 'additionalProperties':
      return node.kind === 'map'
        ? unknownKey(node, String(problem.params.additionalProperty), problem, source.text)
        : null;
    case 'propertyNames':
      return node.kind === 'map'
        ? unknownKey(node, String(problem.params.propertyName), problem, source.text)
        : null;
    case 'required':
      return node.kind === 'map' ? missingField(node, String(problem.params.missingProperty)) : null;
    case 'false schema':
      return foreignField(problem.pointer, source);
    case 'oneOf':
    case 'anyOf':
      return at(node, 'compile/missing-field', 'evidence needs either "value" or "link"');
    case 'type':
      return at(
        node,
        'compile/wrong-type',
        `${nameOf(problem.pointer)} ${problem.message}`,
        quoteIt(node, problem, source.text),
      );
    case 'maxLength':
    case 'maxItems':
    case 'maxProperties':
    case 'maximum':
      return at(node, 'compile/over-limit', `${nameOf(problem.pointer)} ${problem.message}`);
    case 'minItems':
    case 'minProperties':
      return at(node, 'compile/missing-field', `${nameOf(problem.pointer)} ${problem.message}`);
    case 'pattern':
      return at(node, 'compile/invalid-value', `${quote(node)} is not a valid ${nameOf(problem.pointer)}`, {
        help: patternHelp(problem),
      });
    case 'enum':
      return at(
        node,
        'compile/invalid-value',
        `${nameOf(problem.pointer)} ${problem.message}`,
        nearestValue(node, problem, source.text),
      );
    default:
      return at(node, 'compile/invalid-value', `${nameOf(problem.pointer)} ${problem.message}`);
  }
}

function unknownKey(node: SourceMap, key: string, problem: SchemaProblem, text: string): Problem | null {
  const where = node.fields.get(key)?.keyAt ?? node.at;
  const allowed = allowedKeys(problem);
  if (allowed.length === 0) {
    return {
      code: 'compile/invalid-value',
      at: where,
      path: pointerTo(node.path, key),
      message: `"${key}" is not a valid name`,
      help: 'names are snake_case: a letter, then letters, digits and underscores, at most 48',
    };
  }
  return unknownField(node, key, where, allowed, text);
}

function unknownField(
  node: SourceMap,
  key: string,
  where: Span,
  allowed: readonly string[],
  text: string,
): Problem {
  const meant = nearestName(key, allowed);
  const kind = stepPointer.test(node.path) ? kindOf(node) : 'unclear';
  const place =
    kind === 'unclear' ? 'is not a field that exists here' : `is not a field of a step of kind ${kind}`;
  return {
    code: 'compile/unknown-field',
    at: where,
    path: pointerTo(node.path, key),
    message: `"${key}" ${place}`,
    ...renameKey(node, key, meant, text, `known fields: ${allowed.join(', ')}`),
  };
}

/** `propertyNames` lists a step's fields per kind, `properties` those of everything else. */
function allowedKeys(problem: SchemaProblem): string[] {
  const { propertyNames, properties } = problem.schema;
  const names = (propertyNames as { anyOf?: { enum?: string[] }[] } | undefined)?.anyOf?.[0]?.enum;
  if (names) return names;
  return problem.keyword === 'additionalProperties'
    ? Object.keys((properties as object | undefined) ?? {})
    : [];
}

/** The required field that an unknown key most likely stands for, as `pointer#field`. */
function typoOf(problem: SchemaProblem, source: PlaybookSource): string | null {
  const key = problem.params.additionalProperty ?? problem.params.propertyName;
  if (typeof key !== 'string') return null;
  const node = nodeAt(source.root, problem.pointer);
  const missing = allowedKeys(problem).filter((name) => node.kind === 'map' && !node.fields.has(name));
  const meant = nearestName(key, missing);
  return meant === null ? null : `${problem.pointer}#${meant}`;
}

function missingField(node: SourceMap, name: string): Problem {
  const owner = node.path === '' ? 'the playbook' : nameOf(node.path);
  return {
    code: 'compile/missing-field',
    at: firstKeyAt(node),
    path: pointerTo(node.path, name),
    message: `${owner} needs "${name}"`,
  };
}

function foreignField(pointer: string, source: PlaybookSource): Problem | null {
  const cut = pointer.lastIndexOf('/');
  const node = nodeAt(source.root, pointer.slice(0, cut));
  const key = pointer.slice(cut + 1);
  if (node.kind !== 'map') return null;
  const why =
    key === 'covers' ? 'only a gate of its own covers other steps' : 'a gate has no arguments to edit';
  return {
    code: 'compile/unknown-field',
    at: keyAt(node, key),
    path: pointer,
    message: `"${key}" is not allowed here: ${why}`,
  };
}

function at(node: SourceNode, code: CompileCode, message: string, suggested: Suggestion = {}): Problem {
  const where = node.kind === 'map' ? firstKeyAt(node) : node.at;
  return { code, at: where, path: node.path, message, ...suggested };
}

function nameOf(pointer: string): string {
  const parts = pointer.split('/').slice(1);
  const last = parts.at(-1) ?? '';
  if (last === '') return 'the playbook';
  if (!/^\d+$/.test(last)) return `"${last}"`;
  return stepPointer.test(pointer) ? 'the step' : `entry ${Number(last) + 1} of "${parts.at(-2)}"`;
}

function quote(node: SourceNode): string {
  return node.kind === 'scalar' ? JSON.stringify(node.value) : 'this';
}

/** Where a text is wanted, what was written may be meant as one; but only if it then has the form. */
function quoteIt(node: SourceNode, { params, schema }: SchemaProblem, text: string): Suggestion {
  if (node.kind !== 'scalar' || params.type !== 'string' || node.value === null) return {};
  const help = 'quote it if it is text';
  const written = text.slice(node.at.start, node.at.end);
  const { pattern } = schema;
  if (typeof pattern === 'string' && !compilePattern(pattern).test(written)) return { help };
  return { help, fix: { title: `write "${written}"`, edits: [{ at: node.at, text: `"${written}"` }] } };
}

const patternHelps: readonly [RegExp, string][] = [
  [/\[0-9\]\+d/, 'durations are whole numbers with s, m, h or d, larger units first: 90s, 15m, 1h30m, 3d'],
  [/user\|group/, 'write user:, group:, role: or oncall: and a name'],
  [/a-z0-9_\]\{0,47\}/, 'names are snake_case: a letter, then letters, digits and underscores, at most 48'],
  [/\\\./, 'the form is lower-case kebab-case on both sides of the dot'],
  [/a-z0-9\]\+\)\*\$/, 'ids are kebab-case: lower-case letters and digits joined by single hyphens'],
];

function patternHelp(problem: SchemaProblem): string {
  const pattern = String(problem.params.pattern);
  return patternHelps.find(([sign]) => sign.test(pattern))?.[1] ?? `it must match ${pattern}`;
}

function nearestValue(node: SourceNode, problem: SchemaProblem, text: string): Suggestion {
  const values = problem.params.allowedValues;
  if (node.kind !== 'scalar' || typeof node.value !== 'string' || !Array.isArray(values)) return {};
  return didYouMean(nearestName(node.value, values.map(String)), node.at, node.value, text);
}

function isSame(a: Problem, b: Problem): boolean {
  return (
    a.at.start === b.at.start &&
    (a.code === b.code || (a.path === b.path && a.code === 'compile/unknown-field'))
  );
}
