import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// Later ones refine earlier ones, so the order is part of the design.
const parts = [
  'tokens',
  'text',
  'frame',
  'states',
  'lists',
  'forms',
  'approval',
  'steps',
  'graph',
  'keys',
  'live',
  'narrow',
  'forced',
  'paper',
];

/** The whole style as one file; `version` changes with its content. Read once, at the start. */
export function readStylesheet(): { css: string; version: string } {
  const css = parts
    .map((part) => readFileSync(join(import.meta.dirname, 'styles', `${part}.css`), 'utf8'))
    .join('')
    // For whoever reads the files, and not for a phone.
    .replaceAll(/\/\*[\s\S]*?\*\/\n?/g, '');
  return { css, version: createHash('sha256').update(css).digest('hex').slice(0, 12) };
}
