import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

/* Maps that name files which are gone send people the wrong way. */

const root = resolve(import.meta.dirname, '../..');
const decisions = readdirSync(join(root, 'engine/decisions')).filter((name) => /^\d{4}-/.test(name));

const maps = [
  'engine/README.md',
  'engine/core/README.md',
  'engine/runtime/README.md',
  'engine/decisions/README.md',
  'playbooks/README.md',
  'examples/README.md',
  'examples/alerts/README.md',
  'examples/deploy/README.md',
  'tests/README.md',
  ...decisions.map((name) => `engine/decisions/${name}`),
];

/** Where a path in a map may start: beside the map, at the root, in `engine/`, in `tests/`. */
function isThere(path: string, map: string): boolean {
  const starts = [dirname(map), '', 'engine', 'engine/core', 'engine/runtime', 'tests', 'examples'];
  return starts.some((start) => existsSync(join(root, start, path)));
}

function pathsIn(text: string): string[] {
  const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)].map((match) => match[1] ?? '');
  const words = [...text.matchAll(/`([^`\s]+)`/g)].map((match) => match[1] ?? '');
  const files = words.filter((word) => /^[\w./-]+\.(ts|mjs|md|yaml|sql|json)$/.test(word));
  return [...links.filter((link) => !link.includes(':')), ...files];
}

describe.each(maps)('%s', (map) => {
  const named = pathsIn(readFileSync(join(root, map), 'utf8'));

  it('names files that exist', () => {
    expect(named.filter((path) => !isThere(path, map))).toEqual([]);
  });
});

describe('the records of decisions', () => {
  it('are all listed, and numbered without gap or repeat', () => {
    const list = readFileSync(join(root, 'engine/decisions/README.md'), 'utf8');
    expect(decisions.filter((name) => !list.includes(`](${name})`))).toEqual([]);
    const numbers = decisions.map((name) => Number(name.slice(0, 4))).sort((a, b) => a - b);
    expect(numbers).toEqual(decisions.map((_, index) => index + 1));
  });

  it.each(decisions)('%s has context, decision, and consequences with the bad ones first', (name) => {
    const text = readFileSync(join(root, 'engine/decisions', name), 'utf8');
    const headings = [...text.matchAll(/^(?:## (.+)|(Bad|Good):)$/gm)].map((match) => match[1] ?? match[2]);
    expect(headings.filter((each) => each !== undefined)).toEqual([
      'Context',
      'Decision',
      'Consequences',
      'Bad',
      'Good',
    ]);
  });
});

describe('the invariants', () => {
  const text = readFileSync(join(root, 'engine/README.md'), 'utf8');
  const rows = [...text.matchAll(/^\| (\d+) \|([^|]*)\|([^|]*)\|([^|]*)\|$/gm)].filter(
    (row) => Number(row[1]) > 0 && (row[3] ?? '').includes('.test.ts'),
  );

  it('are thirteen, and a test defends each', () => {
    expect(rows.map((row) => Number(row[1]))).toEqual(Array.from({ length: 13 }, (_, index) => index + 1));
  });
});

describe('a map that leads nowhere', () => {
  it('is noticed', () => {
    const named = pathsIn(
      'See `run/gone.ts`, [there](../nowhere.md) and `run/decide.ts`; not `npm test` or `a.b`.',
    );
    expect(named).toEqual(['../nowhere.md', 'run/gone.ts', 'run/decide.ts']);
    expect(named.filter((path) => !isThere(path, 'engine/core/README.md'))).toEqual([
      '../nowhere.md',
      'run/gone.ts',
    ]);
  });
});
