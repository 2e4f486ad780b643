import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { switchedOff } from './find-test.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'tests/threats');
const rows = [...readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/^\| (\d+) \| (.+?) \|(.*)\|$/gm)];
const files = readdirSync(folder).filter((name) => name.endsWith('.test.ts'));

it('the table of threats has each of the thirty once', () => {
  const numbers = rows.map(([, number]) => Number(number));
  expect(numbers).toEqual(Array.from({ length: 30 }, (_, n) => n + 1));
});

it('what a threat is said to be defended in is a test that runs', () => {
  const named = rows.flatMap(([, , , cell = '']) => [...cell.matchAll(/`([^`]+)`/g)].map(([, path]) => path));
  expect(named.length).toBeGreaterThan(20);
  for (const path of named) {
    expect(path).toMatch(/^tests\/.+\.test\.ts$/);
    expect(existsSync(join(root, path ?? '')), path).toBe(true);
    expect(switchedOff(readFileSync(join(root, path ?? ''), 'utf8')), path).toBe(false);
  }
});

it('each of the thirty is played in a file of its number, which its row names and which runs', () => {
  for (const [, number = '', , cells = ''] of rows) {
    const own = files.filter((file) => file.startsWith(`T${number.padStart(2, '0')}-`));
    expect(own.length, `threat ${number}`).toBeGreaterThan(0);
    for (const file of own) {
      expect(cells.split('|')[0], file).toContain(`\`tests/threats/${file}\``);
      const text = readFileSync(join(folder, file), 'utf8');
      expect(text, file).toMatch(/\b(?:it|test|story)(?:\.skipIf\([^)]*\))?(?:\.each)?\(/);
      // It says which one it is about, in words.
      expect(text, file).toMatch(new RegExp(`\\bT0?${number}\\b`));
    }
  }
});

it('a file among the threats says by its number which one it defends against', () => {
  for (const file of files) {
    const number = Number(/^T(\d\d)-[a-z0-9-]+\.test\.ts$/.exec(file)?.[1]);
    expect(number, file).toBeGreaterThanOrEqual(1);
    expect(number, file).toBeLessThanOrEqual(30);
  }
});
