import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fillRequest } from '../../actions/http/fill-request.ts';

const base = 'https://fw.example/api';
const template = {
  path: '/v1/users/{name}/lock',
  query: { why: '{why}' },
  body: { who: '{name}', note: '{why}' },
};

const hostile = [
  '',
  '.',
  '..',
  'a/b',
  '/',
  '\\',
  'a\\..\\b',
  '%2f',
  '%2e%2e',
  '..;',
  'a?b',
  'a#b',
  'a\r\nx: y',
  'a\u0000',
  '／',
  '．．',
  '℀',
  ' ',
  ' .. ',
  'x'.repeat(2000),
];

describe('an argument', () => {
  it.each(hostile)('%j is no segment of a path', (name) => {
    expect(fillRequest(base, template, { name, why: 'x' })).toMatchObject({ ok: false });
  });

  it.each([null, true, ['a'], { a: 1 }, 1.5, 1e300])('%j is no segment of a path', (name) => {
    expect(fillRequest(base, template, { name, why: 'x' })).toMatchObject({ ok: false });
  });

  it.each([null, ['a'], { a: 1 }])('%j does not stand in a query', (why) => {
    expect(fillRequest(base, template, { name: 'x', why })).toMatchObject({ ok: false });
  });

  it('stays in its segment, its value of the query and its text of the body, whatever it is', () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(text, text, (name, why) => {
        const filled = fillRequest(base, template, { name, why });
        if (!filled.ok) return;
        const url = new URL(filled.request.url);
        expect(url.href).toBe(filled.request.url);
        expect([url.origin, url.hash, url.username]).toEqual(['https://fw.example', '', '']);
        const [empty, api, v1, users, segment = '', lock, ...more] = url.pathname.split('/');
        expect([empty, api, v1, users, lock, more]).toEqual(['', 'api', 'v1', 'users', 'lock', []]);
        expect(decodeURIComponent(segment)).toBe(name.toWellFormed());
        expect([...url.searchParams]).toEqual([['why', why.toWellFormed()]]);
        expect(filled.request.body).toEqual({ who: name, note: why });
      }),
      { numRuns: 2000 },
    );
  });

  it('that looks like a template is not filled again', () => {
    const filled = fillRequest(base, template, { name: 'x', why: '{name}' });
    expect(filled).toMatchObject({
      ok: true,
      request: { url: `${base}/v1/users/x/lock?why=%7Bname%7D`, body: { who: 'x', note: '{name}' } },
    });
  });
});
