import { describe, expect, it } from 'vitest';
import { codePage } from '../../schemas/codes/code-page.ts';
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
