import { existsSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generateTypes } from '../../schemas/generate-types.ts';

describe('types generated from schemas', async () => {
  it.each((await generateTypes()).map(({ path, text }) => ({ name: basename(path), path, text })))(
    '$name is what `npm run schemas:types` writes',
    ({ path, text }) => {
      expect(existsSync(path) && readFileSync(path, 'utf8')).toBe(text);
    },
  );
});
