import { describe, expect, it } from 'vitest';
import { readYaml } from '../../engine/core/compile/read-yaml.ts';
import { toJson } from '../../engine/core/compile/source-node.ts';

const codes = (text: string) => readYaml(text).problems.map(({ code }) => code);
const value = (text: string) => {
  const { root } = readYaml(text);
  return root && toJson(root);
};

describe('YAML of a playbook', () => {
  it('is the 1.2 core schema: on and yes are text, 0o14 is twelve', () => {
    expect(value('on: yes\nn: 0o14\nt: 12:30:45\n')).toEqual({ on: 'yes', n: 12, t: '12:30:45' });
  });

  it('unfolds anchors, and counts every expansion', () => {
    expect(value('a: &x [1]\nb: *x\n')).toEqual({ a: [1], b: [1] });
    const bomb = [
      'a: &a [1, 1]',
      ...'bcdefghij'.split('').map((name, i) => `${name}: &${name} [${`*${'abcdefghi'[i]}, `.repeat(9)}]`),
    ];
    expect(codes(`${bomb.join('\n')}\n`)).toEqual(['compile/over-limit']);
  });

  it('refuses an anchor that contains itself', () => {
    expect(codes('a: &x [*x]\n')).toEqual(['compile/over-limit']);
  });

  it('keeps __proto__ an ordinary key', () => {
    const read = value('__proto__: { polluted: true }\n');
    expect(Object.keys(read ?? {})).toEqual(['__proto__']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it.each([
    ['a directive', '%YAML 1.1\n---\na: 1\n'],
    ['a known tag', 'a: !!binary aGVsbG8=\n'],
    ['an unknown tag', 'a: !!js/function "x"\n'],
    ['a set', 'a: !!set { x }\n'],
    ['a merge key', 'b: 1\n<<: { a: 1 }\n'],
    ['a second document', 'a: 1\n---\nb: 2\n'],
    ['a list as key', '[a]: 1\n'],
    ['a number beyond 2^53', 'a: 9007199254740993\n'],
    ['infinity', 'a: .inf\n'],
    ['an escaped zero byte', 'a: "\\0"\n'],
    ['a bell', 'a: \u0007\n'],
    ['half a surrogate pair', 'a: "\ud800"\n'],
    ['a right-to-left override', 'a: \u202e\n'],
    ['an alias without anchor', 'a: *x\n'],
  ])('refuses %s', (_, text) => {
    expect(codes(text)).toEqual(['compile/bad-yaml']);
    expect(readYaml(text).root).toBeNull();
  });

  it('refuses more than 256 KiB, counted in bytes', () => {
    expect(codes(`a: ${'ä'.repeat(128 * 1024)}\n`)).toEqual(['compile/over-limit']);
  });

  it('survives twenty thousand open brackets', () => {
    expect(readYaml('['.repeat(20_000)).root).toBeNull();
    expect(codes(`a: ${'['.repeat(60)}${']'.repeat(60)}\n`)).toEqual(['compile/over-limit']);
  });

  it('says at once which templates must be quoted', () => {
    const text = 'a: { x: ${{ one }} }\nb: fine\nc: [${{ two }}]\nd: { y: "${{ three }}" }\n';
    const { problems } = readYaml(text);
    expect(problems.map(({ code, at }) => [code, text.slice(at.start, at.end)])).toEqual([
      ['compile/unquoted-template', '${{ one }}'],
      ['compile/unquoted-template', '${{ two }}'],
    ]);
  });

  it('treats an empty file as a playbook that is not there', () => {
    expect(codes('')).toEqual(['compile/wrong-type']);
    expect(codes('# only a comment\n')).toEqual(['compile/wrong-type']);
    expect(codes('- a\n')).toEqual(['compile/wrong-type']);
  });
});
