import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvHead, csvRow } from '../../engine/core/audit/entry-csv.ts';
import type { Entry, EntryDraft } from '../../engine/core/contracts/entry.ts';
import { draft } from './draft-entry.ts';

const entryOf = (change: Partial<EntryDraft>): Entry =>
  ({ ...draft(change), v: 1, id: 'ent_1', time: '2026-01-02T03:04:05.678Z', tenant: 'default' }) as Entry;

const rowOf = (change: Partial<EntryDraft>): string =>
  csvRow({ index: 7, entry: entryOf(change), unreadable: null, leaf: 'ab' });

/** A reader of RFC 4180 for tables whose every cell is quoted. */
function cellsOf(row: string): string[] {
  expect(row.endsWith('"\r\n')).toBe(true);
  return [...row.matchAll(/"((?:[^"]|"")*)"(?:,|\r\n$)/g)].map(([, cell]) =>
    (cell ?? '').replaceAll('""', '"'),
  );
}

function cell(row: string, title: string): string | undefined {
  return cellsOf(row)[cellsOf(csvHead()).indexOf(title)];
}

describe('a row', () => {
  test('has a cell for every title and says who did what to whom', () => {
    const row = rowOf({ reason: 'said "no", twice', targets: [{ kind: 'host', id: 'H17', name: 'ws' }] });
    expect(cellsOf(row)).toHaveLength(cellsOf(csvHead()).length);
    expect(cell(row, 'index')).toBe('7');
    expect(cell(row, 'reason')).toBe('said "no", twice');
    expect(cell(row, 'targets')).toBe('host:H17 (ws)');
    expect(cell(row, 'leaf')).toBe('ab');
  });

  test.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    ' =1',
    '\u00a0=1',
    '\ufeff=1',
    '＝1',
    '＠x',
    "'=1",
  ])('never holds a formula: %j', (reason) => {
    expect(cell(rowOf({ reason }), 'reason')).toBe(`'${reason}`);
  });

  test('stays one row with the same cells whatever an alert wrote', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const read = cell(rowOf({ reason: text }), 'reason') ?? '';
        expect(read).not.toMatch(/^[=+\-@\t\r\n]/);
        expect(read.replace(/^'/, '')).toBe(text.replaceAll('\0', '\ufffd').replace(/^'/, ''));
        expect(cellsOf(rowOf({ reason: text }))).toHaveLength(cellsOf(csvHead()).length);
      }),
    );
  });

  test('of pruned and of foreign bytes keeps index and leaf', () => {
    const pruned = csvRow({ index: 1, entry: null, unreadable: null, leaf: 'cd' });
    expect([cell(pruned, 'index'), cell(pruned, 'type'), cell(pruned, 'leaf')]).toEqual([
      '1',
      'pruned',
      'cd',
    ]);
    const foreign = csvRow({
      index: 2,
      entry: null,
      unreadable: { why: 'not-json', text: '=x' },
      leaf: 'ef',
    });
    expect(cell(foreign, 'type')).toBe('unreadable: not-json');
    expect(cell(foreign, 'data')).toBe("'=x");
    const odd = rowOf({ targets: 5 as never, reason: { a: 1 } as never });
    expect([cell(odd, 'targets'), cell(odd, 'reason')]).toEqual(['5', '{"a":1}']);
  });
});
