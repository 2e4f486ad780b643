import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { riposte } from '../cli/start-cli.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

const page = readFileSync(join(import.meta.dirname, '../../api/README.md'), 'utf8');
const lines = [...page.matchAll(/^\$ riposte (.*)$/gm)].map(([, line]) => line ?? '');

it('the way from no cases to full coverage works as the page of the doors shows it', async () => {
  const folder = await temporaryFolder();
  const playbook = 'isolate-asked.yaml';
  copyFileSync(join(import.meta.dirname, 'playbooks', playbook), join(folder, playbook));
  expect(lines).toHaveLength(3);
  for (const line of lines) {
    const [command = '', file] = line.split(' > ');
    const words = command.split(' ').map((word) => (word.endsWith('.yaml') ? join(folder, word) : word));
    const ended = await riposte(words, {});
    expect(ended.code, `${line}\n${ended.stdout}${ended.stderr}`).toBe(0);
    if (file !== undefined) writeFileSync(join(folder, file), ended.stdout);
  }
});
