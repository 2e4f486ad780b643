import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/* What examples/deploy/Dockerfile makes, read from its lines: no Docker is needed to know that, and none is here. */

export const root = join(import.meta.dirname, '../..');
export const deploy = join(root, 'examples/deploy');

export interface Image {
  /** Of the last stage, from the context: `to` is relative to the working folder. */
  copied: { from: string; to: string }[];
  /** What the first stage copies, with which the packages are installed. */
  toInstall: string[];
  runs: string[];
  env: { [name: string]: string };
  entrypoint: string[];
  cmd: string[];
  user: string;
  folder: string;
  port: number;
  /** Folders that are made for the user, which a volume takes over with their owner. */
  writable: string[];
  words: string[];
}

export function readImage(): Image {
  const text = readFileSync(join(deploy, 'Dockerfile'), 'utf8').replace(/^#.*\n/gm, '');
  const [, install = '', last = ''] = text.split(/^FROM /m);
  const of = (stage: string, word: string): string[] =>
    [...stage.replaceAll('\\\n', ' ').matchAll(new RegExp(`^${word} (.+)$`, 'gm'))].map((m) => m[1] ?? '');
  const copies = (stage: string): { from: string; to: string }[] =>
    of(stage, 'COPY')
      .filter((line) => !line.startsWith('--from'))
      .flatMap((line) => {
        const words = line.split(/\s+/);
        const to = words.pop() ?? '';
        return words.map((from) => ({
          from,
          to: to.endsWith('/') ? join(to, from.split('/').at(-1) ?? '') : to,
        }));
      });
  const one = (word: string): string => {
    const [only, ...more] = of(last, word);
    if (only === undefined || more.length > 0) throw new Error(`the image has not exactly one ${word}`);
    return only;
  };
  const runs = of(last, 'RUN');
  return {
    copied: copies(last),
    toInstall: copies(install).map(({ from }) => from),
    runs: [...of(install, 'RUN'), ...runs],
    env: Object.fromEntries(
      one('ENV')
        .trim()
        .split(/\s+/)
        .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
    ),
    entrypoint: JSON.parse(one('ENTRYPOINT')) as string[],
    cmd: JSON.parse(one('CMD')) as string[],
    user: one('USER'),
    folder: one('WORKDIR'),
    port: Number(one('EXPOSE')),
    writable: runs.flatMap((run) =>
      [...run.matchAll(/install -d -o 10001 .*? (\/\S+)/g)].map((m) => m[1] ?? ''),
    ),
    words: [...last.matchAll(/^([A-Z]+) /gm)].map((match) => match[1] ?? ''),
  };
}

/** The lines of Dockerfile.dockerignore as Docker reads them: the last that fits decides, a folder stands for what is in it. */
export function readIgnore(text = readFileSync(join(deploy, 'Dockerfile.dockerignore'), 'utf8')) {
  const rules = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const pattern = line
        .replace(/^!/, '')
        .replace(/[.+^$()[\]{}|]/g, '\\$&')
        .replace(/\*\*\/|\*/g, (star) => (star === '*' ? '[^/]*' : '(?:.*/)?'));
      return { lets: line.startsWith('!'), fits: new RegExp(`^${pattern}(?:/.*)?$`) };
    });
  return (path: string): boolean =>
    rules.reduce((lets, rule) => (rule.fits.test(path) ? rule.lets : lets), true);
}

/** Every file of the project, as git has it or would. */
export async function filesOfProject(): Promise<string[]> {
  const { stdout } = await promisify(execFile)(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard'],
    { cwd: root, maxBuffer: 16 * 1024 * 1024 },
  );
  return stdout.split('\n').filter((path) => path !== '');
}

/** Where a file of the project lies in the image, or null. */
export function placeIn(image: Image, lets: (path: string) => boolean, path: string): string | null {
  const copy = image.copied.find(({ from }) => path === from || path.startsWith(`${from}/`));
  return copy === undefined || !lets(path) ? null : copy.to + path.slice(copy.from.length);
}

/** The image's working folder, with the packages that are here in place of those it installs. */
export async function layImage(folder: string): Promise<Image> {
  const [image, lets] = [readImage(), readIgnore()];
  for (const path of await filesOfProject()) {
    const to = placeIn(image, lets, path);
    if (to !== null) await cp(join(root, path), join(folder, to));
  }
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return image;
}
