import { hexOf } from './bytes.js';
import { about, Findings, otherLeaf, otherRangeRoot, otherRoot, uncovered, unreached } from './findings.js';
import { leafOf, Tree } from './merkle-tree.js';
import { isSigned, readHead } from './signed-head.js';
import { partsOf, Tiles } from './tiles.js';

/*
 * A range of a log against the newest signed head: its leaves are computed from the raw bytes, the hashes of everything
 * else come from tiles, and the root of both has to be the signed one. So what is in the range is proved, and nothing about the
 * texts of the others. Keys are not followed: the one that is given has to have signed the newest head.
 */

/**
 * @typedef {import('./verify-log.js').Verdict} Verdict
 * @typedef {import('./findings.js').Head} Head
 */

/**
 * @param {{ newest: string, tile: import('./tiles.js').AskTile }} source `newest`: the signed note
 * @param {{ key: import('./signed-note.js').Key, trusted: readonly string[], from: number, to: number }} wanted
 * @param {(entries: number) => void} progress
 * @returns {Promise<Verdict>}
 */
export async function verifyRange(source, { key, trusted, from, to }, progress) {
  const findings = new Findings();
  const head = readHead(source.newest, key.name, false, findings);
  const signed = head !== null && (await isSigned(head, key, findings));
  const tree = new Tree();
  let pruned = 0;
  let kept = 0;
  const reached = head !== null && from < head.size;
  if (signed && !reached) findings.push(uncovered(from));
  if (signed && reached) {
    const tiles = new Tiles(source.tile, head.size);
    const end = Math.min(to, head.size);
    await pushParts(tree, tiles, 0, from);
    for await (const { first, width, texts } of tiles.bundles(from, end)) {
      if (texts !== null && texts.length !== width) {
        findings.push(about(first, 'answers', `${texts.length} entries came from here on, not ${width}`));
        continue;
      }
      const leaves = await Promise.all(texts?.map(leafOf) ?? []);
      for (let index = Math.max(first, from); index < Math.min(first + width, end); index += 1) {
        const named = await tiles.leaf(index);
        const computed = leaves[index - first] ?? named;
        if (texts === null) pruned += 1;
        if (hexOf(computed) !== hexOf(named)) findings.push(otherLeaf(index));
        await tree.push(computed);
      }
      progress(tree.size - from);
    }
    await pushParts(tree, tiles, end, head.size);
    if ((await tree.root()) !== head.root) findings.push(otherRangeRoot(head.size, from, end));
    for (const note of trusted) kept += await holdAgainst(note, key.name, head, tiles, findings);
  }
  return {
    ok: findings.count === 0,
    entries: !signed || !reached ? 0 : Math.min(to, head.size) - from,
    root: await tree.root(),
    checkpoints: signed ? 1 : 0,
    trusted: kept,
    pruned,
    truncated: [],
    // Nothing is said of orders: what came before the range may be about their keys.
    orders: { done: 0, unsigned: 0 },
    keys: [key.text],
    head: findings.count === 0 ? head : null,
    findings: findings.kept,
    count: findings.count,
  };
}

/**
 * That a head from before is the beginning of what the newest one says: both roots from the same hashes.
 * @param {string} note @param {string} name @param {Head} newest @param {Tiles} tiles @param {Findings} findings
 */
async function holdAgainst(note, name, newest, tiles, findings) {
  const head = readHead(note, name, true, findings);
  if (head === null) return 0;
  if (head.size > newest.size) findings.push(unreached(head, newest.size, 0));
  else {
    const tree = new Tree();
    await pushParts(tree, tiles, 0, head.size);
    const begins = (await tree.root()) === head.root;
    await pushParts(tree, tiles, head.size, newest.size);
    if (!begins || (await tree.root()) !== newest.root) findings.push(otherRoot(head, 0));
  }
  return 1;
}

/** @param {Tree} tree @param {Tiles} tiles @param {number} from @param {number} to */
async function pushParts(tree, tiles, from, to) {
  for (const part of partsOf(from, to)) await tree.push(await tiles.root(part), part.leaves);
}
