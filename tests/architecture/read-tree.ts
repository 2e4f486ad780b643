import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCode, type Module, readModule } from './read-module.ts';

/** The files of a repository, by their path from its root. */
export interface Tree {
  paths: string[];
  modules: Module[];
  /** Texts that rules read beside code, e.g. `package.json`. */
  texts: Map<string, string>;
  /** Files that no parser understands. */
  broken: Violation[];
}

export interface Violation {
  /** `path:line`, or a path. */
  at: string;
  message: string;
}

/** Not ours, or not kept: see `.gitignore`. */
const unread = new Set(['node_modules', '.git', '.riposte', 'dist']);
const readBeside = /(^|\/)package\.json$|^engine\/decisions\/.*\.md$/;

export function readTree(root: string): Tree {
  const files: { [path: string]: string } = {};
  const enter = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (unread.has(entry.name) || entry.name.endsWith('.log')) continue;
      if (entry.isDirectory()) enter(path);
      else files[path] = isCode(path) || readBeside.test(path) ? readFileSync(join(root, path), 'utf8') : '';
    }
  };
  enter('');
  return makeTree(files);
}

/** A tree out of a table, for showing that a rule notices what it should. */
export function makeTree(files: { [path: string]: string }): Tree {
  const tree: Tree = { paths: Object.keys(files).sort(), modules: [], texts: new Map(), broken: [] };
  for (const path of tree.paths) {
    const text = files[path] ?? '';
    tree.texts.set(path, text);
    if (!isCode(path)) continue;
    try {
      tree.modules.push(readModule(path, text));
    } catch (error) {
      tree.broken.push({ at: path, message: `cannot be read as code: ${String(error).split('\n')[0]}` });
    }
  }
  return tree;
}
