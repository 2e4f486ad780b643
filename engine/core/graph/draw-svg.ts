import { escapeXml } from '../diagnostics/escape-xml.ts';
import type { PlanTree, TreeBlock, TreeStep } from './plan-tree.ts';

/*
 * The tree as one SVG without script: blocks nested as written, side by side inside their step. State
 * by word and sign besides colour, every step focusable in reading order, both themes. The layout is
 * our own, since a nested list needs no graph algorithm. Inside a page, whose policy allows no style of its own, it has
 * the page's.
 */

const step = { width: 320, pad: 14, gap: 18, rows: { name: 21, small: 18 } };
const block = { pad: 12, head: 22, gap: 16 };

/** Average advance of the two sizes of letters in pixels, on the wide side: fonts differ between readers. */
const letter = { name: 8.2, small: 6.8 };

interface Box {
  width: number;
  height: number;
  /** Where the line to the next step leaves, from the top; blocks lie below it, beside the line. */
  foot: number;
  draw(x: number, y: number): string;
}

/** What is shown of the steps besides what they do, by their paths. */
interface Marks {
  states: { readonly [path: string]: string };
  links: ReadonlyMap<string, string>;
}

export function drawSvg(
  tree: PlanTree,
  states: { readonly [path: string]: string } = {},
  styled: 'by itself' | 'by the page' = 'by itself',
  /** Where each step leads, by its path. */
  links: ReadonlyMap<string, string> = new Map(),
): string {
  const marks = { states, links };
  const parts: Box[] = [
    stack([label(`starts with ${tree.starts.join(', ')}`), sequence(tree.steps, marks)]),
    ...(tree.onFailure.length === 0 ? [] : [framed('on failure', sequence(tree.onFailure, marks))]),
    ...(tree.finally.length === 0 ? [] : [framed('finally', sequence(tree.finally, marks))]),
  ];
  const all = stack(parts, 'apart');
  const width = Math.ceil(all.width + 2 * block.pad);
  const height = Math.ceil(all.height + 2 * block.pad);
  const title = escapeXml(`${tree.playbook.title} (${tree.playbook.id} ${tree.playbook.version})`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="group" aria-label="${title}">
<title>${title}</title>${
    styled === 'by itself'
      ? `
<style>${style}</style>`
      : ''
  }
<g role="list">
${all.draw(block.pad, block.pad)}</g>
</svg>
`;
}

function sequence(steps: readonly TreeStep[], marks: Marks): Box {
  return stack(
    steps.map((each) => stepBox(each, marks)).map((box, at) => withBlocks(box, steps[at] as TreeStep, marks)),
  );
}

/** One below the other; a line joins what follows one another. */
function stack(boxes: readonly Box[], lines: 'joined' | 'apart' = 'joined'): Box {
  const width = Math.max(0, ...boxes.map((box) => box.width));
  const height = boxes.reduce((sum, box) => sum + box.height, 0) + Math.max(0, boxes.length - 1) * step.gap;
  return {
    width,
    height,
    foot: height,
    draw(x, y) {
      let at = y;
      return boxes
        .map((box, index) => {
          const next = at + box.height + step.gap;
          const drawn = box.draw(x, at);
          const line = `<path class="line" d="M${x + block.gap / 2} ${at + box.foot} V${next}"/>\n`;
          at = next;
          return lines === 'apart' || index === boxes.length - 1 ? drawn : drawn + line;
        })
        .join('');
    },
  };
}

/** A step with its blocks in columns below its head. */
function withBlocks(head: Box, of: TreeStep, marks: Marks): Box {
  if (of.blocks.length === 0) return head;
  const columns = of.blocks.map((each) => framed(labelOf(each), sequence(each.steps, marks)));
  const inner = {
    width: columns.reduce((sum, box) => sum + box.width, 0) + (columns.length - 1) * block.gap,
    height: Math.max(...columns.map((box) => box.height)),
  };
  return {
    width: Math.max(head.width, inner.width + block.gap),
    height: head.height + block.gap + inner.height,
    foot: head.height,
    draw(x, y) {
      let at = x + block.gap;
      const foot = y + head.height;
      const below = foot + block.gap;
      const drawn = columns.map((box) => {
        const line = `<path class="line" d="M${x + 40} ${foot} V${foot + block.gap / 2} H${at + 24} V${below}"/>\n`;
        const column = line + box.draw(at, below);
        at += box.width + block.gap;
        return column;
      });
      return head.draw(x, y) + drawn.join('');
    },
  };
}

function labelOf(each: TreeBlock): string {
  return each.role === 'case' ? `when ${each.label}` : each.label;
}

function framed(title: string, content: Box): Box {
  const width = Math.max(content.width, 140) + 2 * block.pad;
  const height = block.head + content.height + block.pad;
  return {
    width,
    height,
    foot: height,
    draw: (x, y) =>
      `<rect class="block" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/>\n` +
      `<text class="label" x="${x + block.pad}" y="${y + 15}">${escapeXml(cut(title, (width - 2 * block.pad) / letter.small))}</text>\n` +
      content.draw(x + block.pad, y + block.head),
  };
}

function label(text: string): Box {
  return {
    width: step.width,
    height: 20,
    foot: 20,
    draw: (x, y) =>
      `<text class="label" x="${x}" y="${y + 14}">${escapeXml(cut(text, step.width / letter.small))}</text>\n`,
  };
}

function stepBox(of: TreeStep, { states, links }: Marks): Box {
  const state = states[of.path];
  const link = links.get(of.path);
  const marks = [signOf(of), askOf(of), afterErrorOf(of), wordOf(state)].filter((mark) => mark !== '');
  const condition = of.if === null ? '' : `if ${of.if}`;
  const rows = [condition, of.does, marks.join(' · ')].filter((row) => row !== '');
  const spoken = [of.name, of.kind, of.does, condition, ...marks].filter((part) => part !== '').join(', ');
  const classes = ['step', of.class ?? of.kind, state ?? ''].filter((each) => each !== '').join(' ');
  const height = step.rows.name + rows.length * step.rows.small + step.pad;
  const row = (kind: 'name' | 'does', text: string, x: number, y: number) => {
    const fits = (step.width - 2 * step.pad) / (kind === 'name' ? letter.name : letter.small);
    return `<text class="${kind}" x="${x + step.pad}" y="${y}">${escapeXml(cut(text, fits))}</text>`;
  };
  return {
    width: step.width,
    height,
    foot: height,
    draw: (x, y) =>
      `<g class="${escapeXml(classes)}" role="listitem"${link === undefined ? ' tabindex="0"' : ''} aria-label="${escapeXml(spoken)}">` +
      `<title>${escapeXml(spoken)}</title>` +
      // What leads somewhere is called what stands on it.
      (link === undefined ? '' : `<a href="${escapeXml(link)}">`) +
      `<rect x="${x}" y="${y}" width="${step.width}" height="${height}" rx="${radiusOf(of)}"/>` +
      [
        row('name', of.name, x, y + step.rows.name),
        ...rows.map((text, at) => row('does', text, x, y + step.rows.name + (at + 1) * step.rows.small)),
      ].join(' ') +
      `${link === undefined ? '' : '</a>'}</g>\n`,
  };
}

function askOf({ asks }: TreeStep): string {
  return asks === 'never' ? '' : asks === 'always' ? 'asks' : 'may ask';
}

/** Error steps have a frame that says it. */
function afterErrorOf({ afterError, blocks }: TreeStep): string {
  const framed = blocks.some(({ role }) => role === 'on_error');
  return afterError === 'fail' || framed ? '' : `after an error: ${afterError}`;
}

function radiusOf({ kind }: TreeStep): number {
  if (kind === 'wait' || kind === 'stop') return 18;
  return kind === 'if' || kind === 'switch' || kind === 'approval' ? 12 : 4;
}

/** The class of an action by a sign and a word, as colour alone says nothing to some. */
function signOf(of: TreeStep): string {
  switch (of.class) {
    case 'contain':
      return '▲ contains';
    case 'eradicate':
      return '⬢ eradicates';
    case 'restore':
      return '▽ restores';
    default:
      return '';
  }
}

function wordOf(state: string | undefined): string {
  const signs: { [state: string]: string } = {
    succeeded: '✓ succeeded',
    failed: '✗ failed',
    denied: '⛔ denied',
    active: '▶ active',
    skipped: '– skipped',
    cancelled: '■ cancelled',
  };
  return state === undefined ? '' : (signs[state] ?? '');
}

/** As much as fits. */
function cut(text: string, fits: number): string {
  let room = fits;
  let kept = '';
  for (const letter of text) {
    room -= shareOf(letter);
    if (room < 0) return `${Array.from(kept).slice(0, -1).join('')}…`;
    kept += letter;
  }
  return kept;
}

/** Room of a letter, in average letters: those of East Asia take two, and capitals are wide. */
function shareOf(letter: string): number {
  if (letter >= '\u1100') return 2;
  if ('WMwm@%'.includes(letter)) return 1.8;
  return /\p{Lu}/u.test(letter) ? 1.2 : 1;
}

const style = `
svg{--bg:#fff;--ink:#1f2937;--soft:#4b5563;--line:#6b7280;--frame:#f3f4f6;--contain:#c2410c;--eradicate:#b91c1c;--good:#15803d;color-scheme:light dark}
@media (prefers-color-scheme:dark){svg{--bg:#111827;--ink:#f3f4f6;--soft:#cbd5e1;--line:#9ca3af;--frame:#1f2937;--contain:#fb923c;--eradicate:#f87171;--good:#4ade80}}
text{font:13px system-ui,sans-serif;fill:var(--ink)}
.name{font-weight:600}
.does,.label{font-size:11px;fill:var(--soft)}
.line{stroke:var(--line);stroke-width:1.5;fill:none}
.block{fill:var(--frame);stroke:var(--line);stroke-dasharray:3 3}
.step rect{fill:var(--bg);stroke:var(--line);stroke-width:1.5}
.step.contain rect{stroke:var(--contain);stroke-width:2}
.step.eradicate rect{stroke:var(--eradicate);stroke-width:3}
.step.failed rect,.step.denied rect{stroke:var(--eradicate);stroke-dasharray:5 3}
.step.succeeded rect{stroke:var(--good)}
.step.active rect{stroke-width:4}
.step:focus rect{outline:3px solid var(--ink);outline-offset:2px}
`;
