import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { odataText } from '../../actions/client/odata-text.ts';
import { path, query } from '../../actions/client/path.ts';
import { plainLine } from '../../actions/client/plain-line.ts';

describe('a path', () => {
  test('takes every value as one segment', () => {
    expect(path`/users/${'ann@contoso.com'}/manager`).toBe('/users/ann%40contoso.com/manager');
    expect(path`/x/${"a/b?c#d%e'f(g)"}`).toBe('/x/a%2Fb%3Fc%23d%25e%27f%28g%29');
  });

  test.each(['', '.', '..', 'a\nb', 'a\u0000b', 'x'.repeat(1025)])('refuses %j', (value) => {
    expect(() => path`/users/${value}`).toThrow();
  });

  test('never lets a value leave its segment, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }), (value) => {
        let built: string;
        try {
          built = path`/users/${value}/manager`;
        } catch {
          return;
        }
        const url = new URL(`https://graph.example${built}`);
        expect(url.pathname.split('/')).toHaveLength(4);
        expect(decodeURIComponent(url.pathname.split('/')[2] ?? '')).toBe(value.toWellFormed());
        expect([url.search, url.hash, url.host]).toEqual(['', '', 'graph.example']);
      }),
    );
  });

  test('encodes query values and keeps the names', () => {
    expect(query({ $filter: "id eq 'a&b'", $top: '5' })).toBe('?$filter=id%20eq%20%27a%26b%27&$top=5');
    expect(query({})).toBe('');
  });
});

test('an OData text cannot be ended by its own content', () => {
  expect(odataText("x' or id ne 'y")).toBe("'x'' or id ne ''y'");
});

describe('a plain line', () => {
  test('cannot be broken into two', () => {
    expect(plainLine('one\r\ntwo\u2028three\u0007', 100)).toBe('one two three');
  });

  test('is cut with a sign, and never through a surrogate pair', () => {
    expect(plainLine('abcdef', 4)).toBe('abc…');
    expect(plainLine('ab😀cd', 4).isWellFormed()).toBe(true);
  });
});
