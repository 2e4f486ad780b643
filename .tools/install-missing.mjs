import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Runs before `npm start` and `npm test`, and from the `riposte` command: brings node_modules to what the
 * lockfile says, byte for byte. Needs nothing but the Node that is there, 20 or newer. Without a difference it says
 * nothing, does nothing and needs no network.
 */

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const modules = join(root, 'node_modules');
/** Where no runtime comes along for this kind of machine, its own has to be as new. */
const pinned = 24;
/** There from before the first package is taken away until the last script has run. */
const unfinished = join(root, '.riposte', 'install.unfinished');

/** Installs what is missing. Two at once: the second waits and then finds nothing to do. Exits the process on failure. */
export function installMissing() {
  if (isInstalled()) return;
  const release = takeLock(join(root, '.riposte', 'install.lock'));
  try {
    if (!isInstalled()) install();
  } finally {
    release();
  }
}

/**
 * npm writes its own lockfile into node_modules as its very last step. Compared by content, because the
 * age of a file says when it was checked out, not what is in it.
 */
function isInstalled() {
  const wanted = packagesOf(join(root, 'package-lock.json'));
  const found = packagesOf(join(modules, '.package-lock.json'));
  if (wanted === null || found === null || existsSync(unfinished)) return false;
  if (!existsSync(join(modules, '.bin', 'node')) && Number.parseInt(process.versions.node, 10) < pinned)
    return false;
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '') continue;
    const there = found[path];
    // An optional one may be for another kind of machine.
    if (there === undefined ? entry.optional !== true : there.version !== entry.version) return false;
  }
  return Object.keys(found).every((path) => wanted[path] !== undefined);
}

function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages ?? null;
  } catch {
    // Absent or cut short: either way not a finished installation.
    return null;
  }
}

/**
 * First without a single script of anybody's, then the scripts of those that package.json allows, by name: an
 * older npm reads no such list and would run whatever a package brings. What runs there sees nothing of our
 * environment but what a program needs to start.
 */
function install() {
  process.stderr.write('Installing the packages that package-lock.json lists. This happens once.\n');
  // Development packages too, even under NODE_ENV=production: the console is built and the tests run with them.
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  closeSync(openSync(unfinished, 'w'));
  const done = npm(['ci', '--ignore-scripts', '--include=dev', '--include=optional', ...quiet], forDownloads);
  if (done.status !== 0) return giveUp(done);
  const named = scriptsAndRuntimes().filter((name) => existsSync(join(modules, name)));
  if (named.length > 0) {
    const built = npm(['rebuild', '--ignore-scripts=false', ...quiet, ...named], forPrograms);
    if (built.status !== 0) return giveUp(built);
  }
  rmSync(unfinished, { force: true });
  if (!isInstalled()) giveUp(done);
}

/** The runtimes have no scripts; npm 10 puts them into the path only when it is asked to. */
function scriptsAndRuntimes() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const { allowScripts = {}, optionalDependencies = {} } = manifest;
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name] === true);
  return [...allowed, ...Object.keys(optionalDependencies)];
}

/** What any program may know. */
const forPrograms =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_\w+|TZ|TMPDIR|TMP|TEMP|NO_COLOR|CI|SystemRoot|ComSpec|PATHEXT|USERPROFILE|APPDATA|LOCALAPPDATA)$/i;
/** And what npm needs to reach its registry, which no script of a package sees. */
const forDownloads = new RegExp(
  `${forPrograms.source}|^(npm_config_.+|https?_proxy|no_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR)$`,
  'i',
);

function npm(args, may) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => may.test(name)));
  // Not with the Node in node_modules: npm is about to replace it.
  env.PATH = (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => folder !== join(modules, '.bin'))
    .join(delimiter);
  const cli = process.env.npm_execpath;
  const outer = process.env.npm_node_execpath;
  const viaCli = cli?.endsWith('.js') && outer !== undefined && !outer.startsWith(modules);
  return viaCli
    ? spawnSync(outer, [cli, ...args], { cwd: root, env, encoding: 'utf8' })
    : spawnSync('npm', args, { cwd: root, env, encoding: 'utf8' });
}

function giveUp(done) {
  process.stderr.write(`${done.stdout ?? ''}${done.stderr ?? ''}${done.error?.message ?? ''}\n`);
  process.stderr.write(
    'The packages could not be installed. npm needs to reach its registry (see "npm config get registry") and to write to node_modules. Then run the same command again.\n',
  );
  process.exitCode = 1;
  process.exit();
}

/** A file that holds the number of the process at work; one whose process is gone does not count. */
function takeLock(path) {
  mkdirSync(dirname(path), { recursive: true });
  for (;;) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, `${process.pid}\n`);
      closeSync(file);
      const remove = () => rmSync(path, { force: true });
      process.once('exit', remove);
      return remove;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (holder === null || isAlive(holder)) {
      sleep(200);
    } else {
      // Taken aside by one; the other finds no such file and looks again.
      const aside = `${path}.${process.pid}`;
      try {
        renameSync(path, aside);
        rmSync(aside);
      } catch (error) {
        if (error.code !== 'ENOENT') throw error;
      }
    }
  }
}

function readHolder(path) {
  try {
    const pid = Number.parseInt(readFileSync(path, 'utf8'), 10);
    return pid > 0 ? pid : null;
  } catch {
    return null;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code !== 'ESRCH';
  }
}

function sleep(ms) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

if (process.argv[1] !== undefined && fileURLToPath(import.meta.url) === process.argv[1]) installMissing();
