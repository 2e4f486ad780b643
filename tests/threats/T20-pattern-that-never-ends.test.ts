import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assembleDocument } from '../../api/openapi/assemble-document.ts';
import { allRoutes } from '../../api/routes/all-routes.ts';
import { startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import { isNode, type SyntaxNode, walk } from '../architecture/read-module.ts';
import { readTree } from '../architecture/read-tree.ts';
import { hostAlert, lookStep, madePlaybook, ws0117 } from '../corridor/questions.ts';
import { type Corridor, openCorridor, testActor } from '../support/corridor.ts';

/*
 * T20: a pattern that takes for ever to match, or a text for which one of ours does. Patterns of others are RE2;
 * ours are written into the source and take every text that was made to trap such a pattern.
 */

const root = join(import.meta.dirname, '../..');
const evil = '^(a+)+$';
/** On the engine of JavaScript this text and the pattern above are good for longer than the universe is old. */
const trap = `${'a'.repeat(60_000)}!`;

describe('a pattern of an author', () => {
  let corridor: Corridor;
  beforeAll(async () => {
    corridor = await openCorridor({ playbooks: [] });
  });
  afterAll(() => corridor.close());
  const publish = (id: string, step: string, more = '') =>
    corridor.publish(madePlaybook(id, `${step}${lookStep}`, more));

  it.each([
    ['a look-ahead', '(?=a)b'],
    ['a look-behind', '(?<!a)b'],
    ['a back-reference', '(a)\\\\1'],
    ['repeats of repeats', '((a{900}){900}){900}'],
    ['more repeats than a thousand', 'a{1001}'],
  ])('with %s is not published', async (_what, pattern) => {
    const condition = `  - id: maybe\n    if: ${JSON.stringify(`re_match(alert.description, "${pattern}")`)}\n    then: []\n`;
    await expect(publish('refused', condition)).rejects.toThrow(/the playbook has errors.*pattern/);
    const input = `  code: { type: string, pattern: ${JSON.stringify(pattern.replace('\\\\', '\\'))}, default: x }\n`;
    await expect(publish('refused', '', input)).rejects.toThrow(/the playbook has errors.*pattern/);
  });

  it('of the worst kind meets the text that was made for it, and the engine goes on with everybody', async () => {
    const text = `alert.category == "trapped" && re_match(alert.description, "${evil}")`;
    const trapped = madePlaybook('trapped', lookStep).replace(
      'match: alert.category == "trapped"',
      `match: ${JSON.stringify(text)}`,
    );
    await corridor.publish(trapped);
    await corridor.publish(madePlaybook('other', lookStep));
    const alerts = Array.from({ length: 10 }, (_, n) => ({
      ...hostAlert('trapped', `trap-${n}`, ws0117),
      description: trap,
    }));
    await Promise.all([
      ...alerts.map((body) => corridor.sendBody(body)),
      corridor.sendBody(hostAlert('other', 'other-1', ws0117)),
    ]);
    await corridor.rest();
    expect(await corridor.runs()).toMatchObject([{ playbook_id: 'other', state: 'succeeded' }]);
  });

  it('in an input meets the text of whoever starts it by hand', async () => {
    const input = `  code: { type: string, pattern: ${JSON.stringify(evil)}, default: a }\n`;
    await corridor.publish(madePlaybook('by-hand', lookStep, input));
    const start = (code: string) =>
      startRunByHand(corridor.engine.parts, corridor.engine.admitter, {
        playbookId: 'by-hand',
        target: { kind: 'host', id: ws0117 },
        inputs: { code },
        mode: null,
        actor: testActor,
        roles: ['operator'],
        groups: [],
        personId: null,
      });
    expect(await start(trap)).toMatchObject({ ok: false });
    expect(await start('aaaa')).toMatchObject({ ok: true });
  });
});

/** What a pattern may be made to stumble over, one after the other, as long as a text gets here. */
function* traps(source: string): Generator<string> {
  const pumps = new Set([
    ...[
      'a',
      'A',
      '0',
      ' ',
      '\n',
      '\t',
      '.',
      '/',
      '-',
      '_',
      '=',
      ':',
      ',',
      ';',
      '@',
      '#',
      '"',
      "'",
      '\\',
      '€',
    ],
    ...[
      '(',
      '[',
      '{',
      '<',
      'ab',
      'a.',
      '.a',
      'a ',
      '0.',
      '--',
      'a-',
      ' \n',
      'a/',
      '""',
      '\\\\',
      '1h',
      '%2e',
      '${{',
    ],
    ...source.replace(/\\./g, ''),
  ]);
  for (const pump of pumps) {
    const long = pump.repeat(100_000 / pump.length);
    for (const before of ['', pump, 'a', '"', '<', '{']) yield `${before}${long}\0`;
    yield `${long}a\0`;
  }
}

/** The first text that a pattern does not finish with, or null. Two seconds for what takes some microseconds. */
function stumblesOver(source: string, flags: string): string | null {
  const context = createContext({ pattern: new RegExp(source, flags.replace(/[gy]/g, '')), text: '' });
  for (const text of traps(source)) {
    context.text = text;
    try {
      runInContext('pattern.exec(text)', context, { timeout: 2_000 });
    } catch {
      return JSON.stringify(text.slice(0, 8));
    }
  }
  return null;
}

describe('a pattern of ours', () => {
  const tree = readTree(root);
  // Not what an author runs on a file of their own, at their own desk.
  const served = tree.modules.filter(
    ({ path }) =>
      /^(engine|api|actions|schemas)\//.test(path) &&
      !/^(api\/cli|engine\/core\/(cases|format|graph|diff))\//.test(path),
  );

  it('is noticed when it does not end, or takes the square of the time', () => {
    for (const source of [evil, '/+$', '\\s+x', '^(\\s*)-', '\\{[^}]+\\}'])
      expect(stumblesOver(source, 'gm'), source).not.toBeNull();
  }, 60_000);

  it('that is written into the source ends, whatever text it is given', () => {
    const slow: string[] = [];
    let seen = 0;
    for (const module of served) {
      walk(module.program, (node) => {
        const { regex } = node as { regex?: { pattern: string; flags: string } };
        if (node.type !== 'Literal' || regex === undefined) return;
        seen += 1;
        const text = stumblesOver(regex.pattern, regex.flags);
        if (text !== null) slow.push(`${module.path}:${module.lineOf(node)} /${regex.pattern}/ over ${text}`);
      });
    }
    expect(seen).toBeGreaterThan(150);
    expect(slow).toEqual([]);
  }, 300_000);

  it('of a schema, of a route or of a format ends as well', () => {
    const schemas = readdirSync(join(root, 'schemas'))
      .filter((name) => name.endsWith('.schema.json'))
      .map((name) => JSON.parse(readFileSync(join(root, 'schemas', name), 'utf8')) as unknown);
    const patterns = [...new Set([...schemas, assembleDocument(allRoutes)].flatMap(patternsIn))];
    expect(patterns.length).toBeGreaterThan(5);
    for (const pattern of patterns) expect(stumblesOver(pattern, 'u'), pattern).toBeNull();
    for (const [name, format] of Object.entries(fullFormats)) {
      const check = typeof format === 'object' && 'validate' in format ? format.validate : format;
      if (check instanceof RegExp) expect(stumblesOver(check.source, check.flags), name).toBeNull();
    }
  }, 120_000);

  it('is never made at run time of a text that somebody else wrote', () => {
    // Each of these puts only names of ours into it, or names that the language lets through: letters, digits, _ and -.
    const known = [
      'api/cli/commands-new.ts',
      'engine/core/diff/diff-plans.ts',
      'engine/core/intake/graph-evidence.ts',
      'engine/core/prove/sites.ts',
      'engine/runtime/queue/check-redis.ts',
    ];
    const made = tree.modules.filter(({ path }) => /^(engine|api|actions|schemas)\//.test(path));
    const found = made.flatMap((module) => {
      const here: string[] = [];
      walk(module.program, (node) => {
        if (makesPattern(node, module.text)) here.push(module.path);
      });
      return here;
    });
    expect([...new Set(found)].sort()).toEqual(known);
  });
});

/** `RegExp(…)`, or a method that makes one of a text. */
function makesPattern(node: SyntaxNode, text: string): boolean {
  if (node.type !== 'NewExpression' && node.type !== 'CallExpression') return false;
  const { callee } = node;
  if (!isNode(callee)) return false;
  if (callee.type === 'Identifier') return callee.name === 'RegExp';
  if (callee.type !== 'MemberExpression' || !isNode(callee.property)) return false;
  if (!['match', 'matchAll', 'search'].includes(String(callee.property.name))) return false;
  const [first] = node.arguments as SyntaxNode[];
  if (first === undefined || (first.type === 'Literal' && 'regex' in first)) return false;
  // What is looked for with fields is no text.
  if (first.type === 'ObjectExpression') return false;
  // A name that stands for a pattern in the same file; `match` of something that is no text takes more arguments.
  const named = first.type === 'Identifier' && text.includes(`const ${String(first.name)} = /`);
  return !named && (node.arguments as SyntaxNode[]).length === 1;
}

function patternsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'pattern' && typeof inner === 'string' ? [inner] : patternsIn(inner),
  );
}
