import { expect, test } from 'vitest';
import { type CpuProfile, frameTree, renderFlame } from './render-flame.ts';

const frame = (functionName: string, url = '', lineNumber = 0) => ({ functionName, url, lineNumber });

const profile: CpuProfile = {
  nodes: [
    { id: 1, callFrame: frame('(root)'), children: [2, 3] },
    { id: 2, callFrame: frame('(idle)') },
    { id: 3, callFrame: frame('serve', 'file:///x/y/engine/runtime/batch.ts', 9), children: [4, 5, 6] },
    { id: 4, callFrame: frame('query<T>&"', 'file:///x/y/node_modules/pg/lib/client.js', 1) },
    { id: 5, callFrame: frame('', 'node:net', 4) },
    { id: 6, callFrame: frame('query<T>&"', 'file:///x/y/node_modules/pg/lib/client.js', 1) },
  ],
  samples: [2, 3, 4, 4, 5, 6],
  timeDeltas: [900, 100, 200, 300, 400, -50],
};

test("a frame has its own time and that of what it called; idle time is nobody's", () => {
  const root = frameTree(profile);
  expect(root.us).toBe(1_000);
  const [serve] = [...root.calls.values()];
  expect([...root.calls.values()]).toHaveLength(1);
  expect(serve).toMatchObject({ name: 'serve', place: 'engine/runtime/batch.ts:10', us: 1_000 });
  expect([...(serve?.calls.values() ?? [])].map(({ name, us }) => [name, us])).toEqual([
    ['query<T>&"', 500],
    ['(anonymous)', 400],
  ]);
});

test('the drawing is one SVG without scripts, and names are text in it', () => {
  const svg = renderFlame(profile);
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
  expect(svg).not.toMatch(/<script|href|T>&"/);
  expect(svg).toContain('query&#60;T&#62;&#38;&#34; node_modules/pg/lib/client.js:2 0.5 ms, 50.0 %');
  expect([...svg.matchAll(/<g>/g)]).toHaveLength(4);
});

test('a profile in which nothing ran is an empty drawing', () => {
  expect(renderFlame({ nodes: profile.nodes, samples: [2], timeDeltas: [10] })).not.toContain('<g>');
});
