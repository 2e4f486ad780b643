import module from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Imported first: what a program was compiled to is kept for its next start, which takes half the time then. Beside the
 * packages, where only whoever may change them can write: compiled code is run without being looked at, and the
 * runtime's own default is a folder for everybody. Where nothing can be written, nothing is kept.
 */

const root = dirname(dirname(fileURLToPath(import.meta.url)));

// A Node that is older than this can only install the pinned one.
module.enableCompileCache?.(join(root, 'node_modules', '.cache', 'compiled'));
