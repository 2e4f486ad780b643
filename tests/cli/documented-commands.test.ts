import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { riposte } from './start-cli.ts';

/* Commands that the page of the doors shows are run as they stand there. */

const page = readFileSync(join(import.meta.dirname, '../../api/README.md'), 'utf8');
const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)]
  .flatMap(([, block]) => (block ?? '').split('\n'))
  .filter((line) => line.startsWith('riposte '));

/** Words as a shell would split them; quotes hold blanks together. */
function wordsOf(line: string): string[] {
  const words = line.match(/(?:"[^"]*"|\S)+/g) ?? [];
  return words.map((word) => word.replaceAll('"', '')).slice(1);
}

describe('the page of the doors', () => {
  test('shows commands', () => {
    expect(commands.length).toBeGreaterThan(3);
  });

  test.each(commands)('%s', async (line) => {
    const { code, stdout, stderr } = await riposte(wordsOf(line), {});
    expect(code, stderr).toBe(0);
    expect(stdout).not.toBe('');
  });
});
