import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Plan } from '../../engine/core/contracts/plan.ts';
import { drawMermaid } from '../../engine/core/graph/draw-mermaid.ts';
import { drawSvg } from '../../engine/core/graph/draw-svg.ts';
import { planTree, type TreeStep } from '../../engine/core/graph/plan-tree.ts';
import { compile, lookUp, playbookWith } from '../compile/compile.ts';
import { findChromium } from '../support/chromium.ts';

function planFrom(text: string): Plan {
  const compiled = compile(text);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.diagnostics));
  return compiled.plan;
}

const hostile = [
  `"] --> evil["x`,
  'click n1 "javascript:alert(1)"',
  '</text><script>alert(1)</script>',
  '%%{init: {"theme":"x"}}%% ; end',
  '&amp; <b onclick="x()">',
];

const named = (name: string) =>
  planFrom(
    playbookWith(`${lookUp}    name: ${JSON.stringify(name)}
  - if: ${JSON.stringify(`inputs.note == ${JSON.stringify(name)}`)}
    id: choice
    then:
      - { id: tell, action: chat.post-message, with: { text: hello }, on_error: continue }
`),
  );

const everyKind = planFrom(
  await readFile(join(import.meta.dirname, '../compile/ok/every-kind.yaml'), 'utf8'),
);

function flat(steps: readonly TreeStep[]): TreeStep[] {
  return steps.flatMap((step) => [step, ...step.blocks.flatMap((block) => flat(block.steps))]);
}

describe('the tree', () => {
  it('says what follows a failed step, with error steps or without', () => {
    const tell = flat(planTree(named('x')).steps).find(({ id }) => id === 'tell');
    expect(tell).toMatchObject({ afterError: 'continue', blocks: [] });
  });
});

describe('Mermaid', () => {
  it.each(hostile)('takes no syntax from a text: %s', (name) => {
    const label = '"(?:[\\p{L}\\p{N} .,:_…-]|#\\d+;|<br/>|✋\\??)*"';
    const lines = drawMermaid(planTree(named(name)))
      .trimEnd()
      .split('\n');
    const known = new RegExp(
      `^(flowchart TD|  n\\d+[\\[({]{1,2}${label}[\\])}]{1,2}|  n\\d+ -->(\\|${label}\\|)? n\\d+|  classDef \\w+ [\\w:#,-]+( \\d)?(px)?|  class n\\d+ \\w+)$`,
      'u',
    );
    expect(lines.filter((line) => !known.test(line))).toEqual([]);
  });

  it('draws each step of every kind once', () => {
    const tree = planTree(everyKind);
    const steps = flat([...tree.steps, ...tree.onFailure, ...tree.finally]);
    const nodes = drawMermaid(tree)
      .split('\n')
      .filter((line) => line.includes('<br/>'));
    expect(nodes).toHaveLength(steps.length);
  });
});

/* These run in the page. */
const handlers = `[...document.querySelectorAll('*')].flatMap((each) =>
  [...each.attributes].map(({ name }) => name).filter((name) => name.startsWith('on')))`;
const spoken = `[...document.querySelectorAll('[tabindex="0"]')].map((each) => each.getAttribute('aria-label'))`;
const outside = `[...document.querySelectorAll('[role=listitem]')].flatMap((group) => {
  const box = group.querySelector('rect').getBBox();
  return [...group.querySelectorAll('text')].filter((text) => {
    const own = text.getBBox();
    return own.x + own.width > box.x + box.width || own.y + own.height > box.y + box.height;
  }).map((text) => text.textContent);
})`;

describe('the SVG in a browser', () => {
  let browser: Browser;

  beforeAll(async () => {
    const program = await findChromium();
    if (program.kind === 'missing') throw new Error(program.reason);
    browser = await chromium.launch({ executablePath: program.path, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());

  async function show(svg: string, colorScheme: 'light' | 'dark' = 'light') {
    const page = await browser.newPage({ colorScheme, viewport: { width: 1400, height: 900 } });
    await page.goto(`data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`);
    return page;
  }

  it.each(hostile)('shows a text as text: %s', async (name) => {
    const page = await show(drawSvg(planTree(named(name))));
    expect(await page.evaluate('document.documentElement.localName')).toBe('svg');
    expect(await page.locator('script').count()).toBe(0);
    expect(await page.evaluate(handlers)).toEqual([]);
    expect(await page.evaluate(spoken)).toContainEqual(expect.stringContaining(name));
    await page.close();
  });

  it.each(['light', 'dark'] as const)('keeps every text inside its box, in the %s theme', async (theme) => {
    const wide = named('WWWWMMMM 隔離 WWWWMMMMWWWWMMMM 隔離する端末を選ぶ WWWW');
    for (const plan of [everyKind, wide]) {
      const page = await show(drawSvg(planTree(plan)), theme);
      expect(await page.evaluate(outside)).toEqual([]);
      await page.close();
    }
  });

  it('lets the keyboard reach every step in the order of the playbook', async () => {
    const tree = planTree(everyKind);
    const names = flat([...tree.steps, ...tree.onFailure, ...tree.finally]).map(({ name }) => name);
    const page = await show(drawSvg(tree));
    const reached = await page.evaluate<string[]>(spoken);
    expect(reached).toHaveLength(names.length);
    for (const [at, name] of names.entries()) expect(reached[at]?.startsWith(name)).toBe(true);
    await page.close();
  });
});
