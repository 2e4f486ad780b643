import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codePage } from '../../api/http/code-page.ts';
import { codes, isCode } from '../../schemas/codes.ts';
import { put } from './codes-examples.ts';
import { framed } from './codes-frame.ts';

const pages = Object.keys(codes)
  .filter(isCode)
  .map((code) => codePage(code));
const withExample = pages.flatMap(({ code, avoid, prefer }) =>
  avoid && prefer ? [{ code, avoid, prefer }] : [],
);

/** One mistake that two stations see, each in its own way. */
const sameMatter: { [code: string]: string } = {
  'compile/ungated-containment': 'prove/ungated-target',
  'prove/unbounded-wait': 'compile/unbounded-wait',
};

describe('the page of a code', () => {
  it.each(withExample)('$code: the wrong example gives this code alone, at its mark', ({ code, avoid }) => {
    const marks = avoid.flatMap((part) => framed(part).marked ?? []);
    const said = put(avoid).filter((each) => each.code !== sameMatter[code]);
    expect(said.map((each) => each.code)).toEqual([code]);
    // Facts of a run have no line; of a text that cannot carry a comment the mark is left out.
    if (marks.length > 0) expect(said.map((each) => each.line)).toEqual(marks);
  });

  it.each(withExample)('$code: the right example gives nothing', ({ prefer }) => {
    expect(put(prefer)).toEqual([]);
  });
});

/** What has no example that a file could show, and why. */
const withoutExample: { [code: string]: string } = {
  'compile/version-not-raised':
    'only the server knows what is published; tests/compile/version-not-raised publishes twice',
  'compile/newer-child': 'only the server knows what is published; tests/cli/published publishes twice',
  'match/too-many-elements': 'needs an alert with more than a thousand elements',
  'match/loop': 'needs runs that started each other',
  'case/not-started': 'a fact of one case, told as what it expected and did not get',
  'case/required': 'only a server demands them; tests/api/cases publishes without',
  'case/not-played': 'needs a process that is ended; tests/threats/T19-cases-bomb ends one',
  'case/endless': 'every wait of the language has a deadline: it takes a mistake of ours',
  'prove/bound-reached': 'needs more states than a page can hold',
};

it('every code says what it means, in more words than its summary', () => {
  expect(pages.filter(({ why, summary }) => why.length <= summary.length).map(({ code }) => code)).toEqual(
    [],
  );
});

it('every code of authors has an example, or says why not', () => {
  const authors = ['compile', 'match', 'case', 'prove'];
  const silent = pages.filter(
    ({ code, severity, avoid, prefer }) =>
      authors.includes(code.split('/')[0] ?? '') && severity !== undefined && !(avoid && prefer),
  );
  expect(silent.map(({ code }) => code).sort()).toEqual(Object.keys(withoutExample).sort());
});

it('no page is left over: each belongs to a code', () => {
  const folder = join(import.meta.dirname, '../../schemas/codes/pages');
  const written = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const shared = !name.includes('/');
      return shared ? [...text.matchAll(/^## (\S+)$/gm)].map(([, code]) => code ?? '') : [name.slice(0, -3)];
    });
  expect(written.sort()).toEqual(Object.keys(codes).sort());
});
