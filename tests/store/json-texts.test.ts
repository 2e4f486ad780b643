import fc from 'fast-check';
import { expect, it } from 'vitest';
import { jsonTexts } from '../../engine/runtime/store/json-texts.ts';
import { useDatabase } from '../support/database.ts';

const { app } = await useDatabase();

const read = async (texts: (string | null)[]) =>
  (await app.query<{ texts: (string | null)[] }>('select $1::text[] as texts', [jsonTexts(texts)])).rows[0]
    ?.texts;

it('hands over texts that are JSON exactly as they are', async () => {
  const odd = [
    '',
    '"',
    '\\',
    '\\"',
    '{a,b}',
    'null',
    'NULL',
    ' ',
    '\u2028',
    '\u007f',
    '\ud800',
    '\u0001\n',
    '😀',
    "'",
  ];
  const texts = [...odd, ...odd.map((text) => ({ [text]: [text] }))].map((value) => JSON.stringify(value));
  expect(await read([...texts, null])).toEqual([...texts, null]);
  expect(await read([])).toEqual([]);
});

it('does so with whatever JSON there is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(fc.json({ stringUnit: 'binary' }))), async (texts) => {
      expect(await read(texts)).toEqual(texts);
    }),
    { numRuns: 200 },
  );
});
