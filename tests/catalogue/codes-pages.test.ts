import { describe, expect, it } from 'vitest';
import { codePage } from '../../schemas/codes/code-page.ts';
import { codes, isCode } from '../../schemas/codes.ts';
import { compilePart, framed } from './codes-frame.ts';

const pages = Object.keys(codes)
  .filter(isCode)
  .map((code) => codePage(code));
const ofStation = (station: string) =>
  pages.filter(({ code, avoid }) => code.startsWith(`${station}/`) && avoid !== undefined);

describe('the page of a code of the compiler', () => {
  it.each(ofStation('compile'))('$code: the wrong example has this one mistake at its mark', (page) => {
    const [part = ''] = page.avoid ?? [];
    const found = compilePart(part).diagnostics.map(({ line, code }) => ({ line, code }));
    expect(found).toEqual([{ line: framed(part).marked, code: page.code }]);
  });

  it.each(ofStation('compile'))('$code: the right example has none', (page) => {
    const [part = ''] = page.prefer ?? [];
    expect(compilePart(part).diagnostics).toEqual([]);
  });
});
