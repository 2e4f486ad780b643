/*
 * A CPU profile of V8 as one SVG that needs nothing else: callers above, what they call below, as wide as
 * the time that was spent in it. Pointing at a frame says where it is. Idle time is left out. No library:
 * those that are kept up draw in a page of their own with scripts, and this is a file for an e-mail.
 */

export interface CpuProfile {
  nodes: {
    id: number;
    callFrame: { functionName: string; url: string; lineNumber: number };
    children?: number[];
  }[];
  samples: number[];
  /** Microseconds from one sample to the next. */
  timeDeltas: number[];
}

interface Frame {
  name: string;
  place: string;
  /** Its own and that of everything it called, in microseconds. */
  us: number;
  calls: Map<string, Frame>;
}

const widthPx = 1_600;
const rowPx = 17;
/** Narrower frames cannot be seen or pointed at. */
const narrowestPx = 0.6;
const characterPx = 6.6;
const headPx = 30;

export function renderFlame(profile: CpuProfile): string {
  const root = frameTree(profile);
  const boxes: string[] = [];
  let deepest = 0;
  const draw = (frame: Frame, leftPx: number, depth: number): void => {
    const px = (frame.us / root.us) * widthPx;
    if (px < narrowestPx) return;
    deepest = Math.max(deepest, depth);
    boxes.push(boxOf(frame, leftPx, px, depth, root.us));
    let at = leftPx;
    for (const call of [...frame.calls.values()].sort((one, other) => other.us - one.us)) {
      draw(call, at, depth + 1);
      at += (call.us / root.us) * widthPx;
    }
  };
  if (root.us > 0) draw(root, 0, 0);
  const heightPx = headPx + (deepest + 1) * rowPx + 10;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${widthPx} ${heightPx}" width="${widthPx}" height="${heightPx}" font-family="monospace" font-size="11">`,
    `<rect width="${widthPx}" height="${heightPx}" fill="#fff"/>`,
    `<text x="4" y="18" font-size="13">${(root.us / 1_000).toFixed(0)} ms of the processor; wider is more, below is what was called</text>`,
    ...boxes,
    '</svg>',
    '',
  ].join('\n');
}

/** Samples added up along the ways that lead to them; the same function called by the same is one frame. */
export function frameTree({ nodes, samples, timeDeltas }: CpuProfile): Frame {
  const parents = new Map<number, number>();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  for (const node of nodes) for (const child of node.children ?? []) parents.set(child, node.id);
  const ownUs = new Map<number, number>();
  // The first deltas of a profile may be negative: V8 takes samples before it says when it began.
  for (const [index, id] of samples.entries())
    ownUs.set(id, (ownUs.get(id) ?? 0) + Math.max(0, timeDeltas[index] ?? 0));
  const root: Frame = { name: 'all', place: '', us: 0, calls: new Map() };
  for (const [id, us] of ownUs) {
    const way: Frame[] = [];
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const callFrame = byId.get(at)?.callFrame;
      if (callFrame === undefined || callFrame.functionName === '(root)') continue;
      const place = callFrame.url === '' ? '' : `${shortUrl(callFrame.url)}:${callFrame.lineNumber + 1}`;
      way.unshift({ name: callFrame.functionName || '(anonymous)', place, us: 0, calls: new Map() });
    }
    if (way.at(-1)?.name === '(idle)') continue;
    let frame = root;
    frame.us += us;
    for (const step of way) {
      const key = `${step.name}\n${step.place}`;
      const next = frame.calls.get(key) ?? step;
      frame.calls.set(key, next);
      next.us += us;
      frame = next;
    }
  }
  return root;
}

function boxOf(frame: Frame, leftPx: number, px: number, depth: number, allUs: number): string {
  const top = headPx + depth * rowPx;
  const said = `${frame.name} ${frame.place} ${(frame.us / 1_000).toFixed(1)} ms, ${((frame.us / allUs) * 100).toFixed(1)} %`;
  const room = Math.floor((px - 4) / characterPx);
  const label =
    room < 3
      ? ''
      : `<text x="${(leftPx + 2).toFixed(1)}" y="${top + 12}">${asText(frame.name.slice(0, room))}</text>`;
  return `<g><title>${asText(said)}</title><rect x="${leftPx.toFixed(1)}" y="${top}" width="${px.toFixed(1)}" height="${rowPx - 1}" fill="${colourOf(frame)}" stroke="#fff" stroke-width="0.4"/>${label}</g>`;
}

/** Ours, libraries, the runtime: what can be changed here stands out. */
function colourOf({ place }: Frame): string {
  if (place === '' || place.startsWith('node:')) return '#c9d3dc';
  return place.includes('node_modules/') ? '#f3d58a' : '#f0a58c';
}

function shortUrl(url: string): string {
  return url.replace(/^file:\/\/.*?\/(?=node_modules\/|engine\/|actions\/|api\/|schemas\/|tests\/)/, '');
}

function asText(text: string): string {
  return text.replace(/[<>&"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
