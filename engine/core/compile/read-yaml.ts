import { type CST, type Document, isAlias, isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Problem } from '../diagnostics/diagnostic.ts';
import type { ScalarStyle } from '../diagnostics/map-scalar.ts';
import type { Span } from '../diagnostics/position.ts';
import { checkCharacters } from './check-characters.ts';
import { explainYamlError } from './explain-yaml-error.ts';
import { atOnce, type InPieces } from './in-pieces.ts';
import { parseYaml } from './parse-yaml.ts';
import { pointerTo, type SourceField, type SourceMap, type SourceNode } from './source-node.ts';

/*
 * Text to values with positions. Decides what YAML a playbook may use; knows nothing of what a
 * playbook is. Refused: directives (`%YAML 1.1` would turn `on` into true), tags, merge keys,
 * several documents, cycles, numbers that JSON cannot hold, control characters.
 */

// The language page's limits: 256 KiB and 100 alias expansions per file.
const playbookBytesMax = 256 * 1024;
const aliasExpansionsMax = 100;
// Six nested blocks of four levels each (list, step, cases, case), and room for arguments.
const depthMax = 48;
/** A text that is no playbook at all has one in every line. */
const problemsMax = 100;

export interface YamlReading {
  /** Null when the text has no usable top-level map. */
  root: SourceMap | null;
  problems: Problem[];
}

/** @param bytesMax of files that are about more than one playbook */
export function readYaml(text: string, bytesMax = playbookBytesMax): YamlReading {
  return atOnce(readYamlInPieces(text, bytesMax));
}

export function* readYamlInPieces(text: string, bytesMax: number): InPieces<YamlReading> {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > bytesMax) {
    return refuse(
      { start: 0, end: 0 },
      'compile/over-limit',
      `the file has ${bytes} bytes; at most ${bytesMax} are allowed`,
    );
  }
  const { directives, document } = yield* parseYaml(text);
  const problems: Problem[] = [...checkCharacters(text), ...refuseDirectives(directives)];
  if (problems.length > 0) return { root: null, problems };
  const broken = [...document.errors, ...document.warnings];
  if (broken.length > 0) return { root: null, problems: explainAll(broken, text) };

  const reader = new Reader(text, document);
  const root = document.contents ? reader.read(document.contents, '', 0) : null;
  if (reader.problems.some(({ code }) => code !== 'compile/duplicate-key')) {
    return { root: null, problems: reader.problems };
  }
  if (root?.kind !== 'map') {
    return refuse(
      root?.at ?? { start: 0, end: 0 },
      'compile/wrong-type',
      'a playbook is a map that starts with "kind: playbook/v1"',
    );
  }
  return { root, problems: reader.problems };
}

function refuse(at: Span, code: Problem['code'], message: string): YamlReading {
  return { root: null, problems: [{ code, at, message }] };
}

function refuseDirectives(directives: readonly CST.Directive[]): Problem[] {
  return directives.slice(0, problemsMax).map(({ offset, source }) => ({
    code: 'compile/bad-yaml',
    at: { start: offset, end: offset + source.length },
    message: 'YAML directives are not allowed',
    help: 'remove the line; the language version is fixed',
  }));
}

type YamlError = Document['errors'][number] | Document['warnings'][number];

function explainAll(errors: readonly YamlError[], text: string): Problem[] {
  const problems: Problem[] = [];
  const lines = new Set<number>();
  for (const error of errors.slice(0, problemsMax)) {
    const problem = explainYamlError(error, text);
    // One slip often makes the parser stumble several times in the same line.
    const line = text.lastIndexOf('\n', problem.at.start - 1);
    if (!lines.has(line)) problems.push(problem);
    lines.add(line);
  }
  // Behind an unquoted template the parser reads the rest of the file as something else.
  const templates = problems.filter(({ code }) => code === 'compile/unquoted-template');
  return templates.length > 0 ? templates : problems;
}

class Reader {
  readonly problems: Problem[] = [];
  readonly #text: string;
  readonly #document: Document;
  #expansions = 0;

  constructor(text: string, document: Document) {
    this.#text = text;
    this.#document = document;
  }

  read(node: Node, path: string, depth: number): SourceNode | null {
    const at = spanOf(node);
    if (depth > depthMax)
      return this.#fail(at, 'compile/over-limit', `values nested deeper than ${depthMax} levels`);
    if (isAlias(node)) return this.#readAlias(node, path, depth);
    if (node.tag !== undefined)
      return this.#fail(
        at,
        'compile/bad-yaml',
        `the tag "${node.tag}" is not allowed`,
        'write the value without a tag',
      );
    if (isScalar(node)) {
      const value = this.#plainValue(node.value, at);
      if (value === undefined) return null;
      return { kind: 'scalar', at, path, value, style: styleOf(node.type) };
    }
    if (isSeq(node)) {
      const items: SourceNode[] = [];
      for (const [index, item] of node.items.entries()) {
        const read = this.read(item as Node, pointerTo(path, index), depth + 1);
        if (read) items.push(read);
      }
      return { kind: 'list', at, path, items };
    }
    if (isMap(node)) {
      const fields = new Map<string, SourceField>();
      for (const pair of node.items)
        this.#readPair(pair.key as Node, pair.value as Node | null, path, depth, fields);
      return { kind: 'map', at, path, fields };
    }
    return this.#fail(at, 'compile/bad-yaml', 'a value of a kind that playbooks do not have');
  }

  #readPair(
    keyNode: Node,
    valueNode: Node | null,
    path: string,
    depth: number,
    fields: Map<string, SourceField>,
  ): void {
    const keyAt = spanOf(keyNode);
    if (!isScalar(keyNode) || typeof keyNode.value !== 'string' || keyNode.tag !== undefined) {
      this.#fail(keyAt, 'compile/bad-yaml', 'a key must be plain text');
      return;
    }
    const key = keyNode.value;
    if (key === '<<') {
      this.#fail(keyAt, 'compile/bad-yaml', 'merge keys (<<) are not allowed', 'write the fields out');
      return;
    }
    const earlier = fields.get(key);
    if (earlier) {
      if (this.problems.length < problemsMax)
        this.problems.push({
          code: 'compile/duplicate-key',
          at: keyAt,
          path: pointerTo(path, key),
          message: `"${key}" is written twice in the same map`,
          seen: { at: earlier.keyAt, message: `"${key}" is first written here` },
        });
      return;
    }
    const empty: SourceNode = {
      kind: 'scalar',
      at: keyAt,
      path: pointerTo(path, key),
      value: null,
      style: 'plain',
    };
    const value = valueNode ? this.read(valueNode, pointerTo(path, key), depth + 1) : empty;
    if (value) fields.set(key, { key, keyAt, value });
  }

  #readAlias(node: Node, path: string, depth: number): SourceNode | null {
    const at = spanOf(node);
    this.#expansions++;
    if (this.#expansions > aliasExpansionsMax) {
      // Counted while unfolding, so that aliases of aliases cannot multiply, nor a cycle run on.
      if (this.#expansions === aliasExpansionsMax + 1) {
        this.#fail(at, 'compile/over-limit', `more than ${aliasExpansionsMax} alias expansions`);
      }
      return null;
    }
    const target = isAlias(node) ? node.resolve(this.#document) : undefined;
    if (!target) return this.#fail(at, 'compile/bad-yaml', 'an alias without its anchor');
    return this.read(target, path, depth + 1);
  }

  #plainValue(value: unknown, at: Span): string | number | boolean | null | undefined {
    if (typeof value === 'bigint') {
      const number = Number(value);
      if (Number.isSafeInteger(number)) return number;
      this.#fail(at, 'compile/bad-yaml', `${value} is too large for a number`, 'quote it if it is an id');
      return undefined;
    }
    if (typeof value === 'number' && !Number.isFinite(value)) {
      this.#fail(
        at,
        'compile/bad-yaml',
        `${this.#text.slice(at.start, at.end)} is not a number that JSON has`,
      );
      return undefined;
    }
    if (typeof value === 'string') {
      for (const problem of checkCharacters(value)) this.problems.push({ ...problem, at });
      return value;
    }
    if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
    this.#fail(at, 'compile/bad-yaml', 'a value of a kind that playbooks do not have');
    return undefined;
  }

  #fail(at: Span, code: Problem['code'], message: string, help?: string): null {
    this.problems.push({ code, at, message, ...(help !== undefined && { help }) });
    return null;
  }
}

function spanOf(node: Node): Span {
  const [start, end] = node.range ?? [0, 0];
  return { start, end };
}

function styleOf(type: string | undefined): ScalarStyle {
  switch (type) {
    case 'QUOTE_DOUBLE':
      return 'double';
    case 'QUOTE_SINGLE':
      return 'single';
    case 'BLOCK_LITERAL':
      return 'literal';
    case 'BLOCK_FOLDED':
      return 'folded';
    default:
      return 'plain';
  }
}
