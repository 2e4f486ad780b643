import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findUnstorable } from '../../engine/core/intake/find-unstorable.ts';
import * as rowTypes from '../../engine/runtime/store/queries/row-types.ts';
import { rowType } from '../../engine/runtime/store/row-type.ts';
import { sqlState } from '../../engine/runtime/store/sql-state.ts';
import type { Json } from '../../schemas/json.ts';
import { useDatabase } from '../support/database.ts';

const { owner, app } = await useDatabase();

it('every row type has the columns of its type in the schema, in their order, and there are no others', async () => {
  const { rows } = await owner.query<{ name: string; columns: string[] }>(
    `select t.relname as name, array_agg(a.attname || ' ' || format_type(a.atttypid, null) order by a.attnum) as columns
     from pg_class t join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
     where t.relnamespace = 'riposte'::regnamespace and t.relkind = 'c'
     group by t.relname order by t.relname`,
  );
  const inSchema: { [kind: string]: string } = { int: 'integer', 'int[]': 'integer[]' };
  const declared = Object.values(rowTypes).map(({ name, columns }) => ({
    name,
    columns: Object.entries(columns).map(([column, kind]) => `${column} ${inSchema[kind] ?? kind}`),
  }));
  expect(declared.sort((a, b) => (a.name < b.name ? -1 : 1))).toEqual(rows);
});

describe('rows', async () => {
  await owner.query(
    'create schema apart; create type apart.everything as (t text, i int, b bigint, f boolean, j json, y bytea, n int[], s text[])',
  );
  await owner.query('grant usage on schema apart to public');
  const everything = rowType('everything', {
    t: 'text',
    i: 'int',
    b: 'bigint',
    f: 'boolean',
    j: 'json',
    y: 'bytea',
    n: 'int[]',
    s: 'text[]',
  });
  type Everything = Parameters<typeof everything.pack>[0][number];
  const nothing: Everything = { t: null, i: null, b: null, f: null, j: null, y: null, n: null, s: null };
  const read = async (rows: readonly Everything[]) =>
    (await app.query<Everything>('select * from unnest($1::apart.everything[])', [everything.pack(rows)]))
      .rows;

  const whole = fc.string({ unit: 'binary' }).filter((text) => text.isWellFormed() && !text.includes('\0'));
  const readable = fc
    .jsonValue({ stringUnit: 'grapheme' })
    .filter((value) => findUnstorable(value as Json) === null);
  const int = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
  const some: fc.Arbitrary<Everything> = fc.record({
    t: fc.option(whole),
    i: fc.option(int),
    b: fc.option(fc.maxSafeInteger()),
    f: fc.option(fc.boolean()),
    j: fc.option(readable),
    y: fc.option(fc.uint8Array().map((some) => Buffer.from(some))),
    n: fc.option(fc.array(int, { maxLength: 5 })),
    s: fc.option(fc.array(whole, { maxLength: 5 })),
  });

  it('arrive as they were given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(some, { maxLength: 40 }), async (rows) => {
        // What JSON does not tell apart, such as -0, is no difference.
        const plain = rows.map((row) => ({ ...row, j: JSON.parse(JSON.stringify(row.j)) }));
        expect(await read(rows)).toEqual(plain);
      }),
      { numRuns: 200 },
    );
    expect(await read([])).toEqual([]);
    expect(await read([nothing])).toEqual([nothing]);
  });

  it('hold no JSON that the server could not take apart again', async () => {
    const refusedThere = (value: unknown) =>
      app
        .query('select j from json_to_recordset($1::json) as x(j json)', [JSON.stringify([{ j: value }])])
        .then(
          () => false,
          (error) => /^22/.test(sqlState(error) ?? ''),
        );
    const refusedHere = (value: unknown) => {
      try {
        everything.pack([{ ...nothing, j: value }]);
        return false;
      } catch (error) {
        return sqlState(error) === '22P05';
      }
    };
    const odd = [
      '\0',
      '\\u0000',
      '\\\0',
      '\\\\u0000',
      '\ud800',
      '\udfff',
      '\\ud800',
      '\u0001',
      '\u{1f600}',
      '\ue000',
      '"\0',
    ];
    for (const text of odd)
      for (const value of [text, { a: [text] }, { [text]: 1 }]) {
        expect([value, refusedHere(value)]).toEqual([value, await refusedThere(value)]);
      }
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ stringUnit: 'binary' }), async (value) => {
        expect(refusedHere(value)).toBe(await refusedThere(value));
      }),
      { numRuns: 300 },
    );
  });

  it('are as large as they have to be', async () => {
    const rows = [
      { ...nothing, t: 'ä'.repeat(1_000_000) },
      { ...nothing, t: '', j: { long: 'x'.repeat(999_999) } },
    ];
    expect(await read(rows)).toEqual(rows);
  });

  it('are refused before they would arrive as something else, with the code the server would have', () => {
    const wrong: [string, Partial<Everything>][] = [
      ['22003', { i: 1.5 }],
      ['22003', { i: 2 ** 31 }],
      ['22003', { i: Number.NaN }],
      ['22003', { b: 0.5 }],
      ['22003', { b: 2 ** 53 }],
      ['22003', { n: [1, 2 ** 40] }],
      ['22021', { t: 'half \ud83d' }],
    ];
    for (const [code, each] of wrong)
      expect(() => everything.pack([{ ...nothing, ...each }])).toThrow(expect.objectContaining({ code }));
  });
});
