import { bytesOfHex, hexOf } from './bytes.js';
import {
  Findings,
  nothingThere,
  otherLeaf,
  otherRoot,
  outOfPlace,
  uncovered,
  unreached,
} from './findings.js';
import { Heads, headsOf } from './heads.js';
import { KeyChain } from './key-chain.js';
import { leafOf, Tree } from './merkle-tree.js';
import { Orders } from './orders.js';
import { Retention } from './retention.js';
import { Since } from './since-good.js';

/*
 * A whole log against its signed heads, from its bytes and a public key alone, as the offline verifier judges it
 * (`api/cli/audit/verifier/verify-export.ts`); a test holds them against each other. It reads the log once and from page to page,
 * so its size is no matter. What an entry means is not looked at here, but for what two people have signed below orders about the log; nor is what is kept beside it.
 */

/**
 * @typedef {import('./findings.js').Finding} Finding
 * @typedef {import('./findings.js').Head} Head
 * @typedef {import('./key-chain.js').Entry} Entry
 * @typedef {{
 *   entries(): AsyncIterable<readonly Entry[]>,
 *   keyEntries(): AsyncIterable<readonly Entry[]>,
 *   checkpoints(): AsyncIterable<readonly { note: string }[]>,
 *   tile: import('./tiles.js').AskTile,
 *   size: number,
 * }} Source pages in ascending order, up to the newest head, which is of `size` entries
 * @typedef {{
 *   ok: boolean, entries: number, root: string, checkpoints: number, trusted: number, pruned: number,
 *   truncated: { from: number, to: number }[], orders: { done: number, unsigned: number }, keys: string[], head: Head | null, findings: Finding[], count: number,
 * }} Verdict `head`: the newest that the log fits
 */

/**
 * @param {Source} source
 * @param {{ key: import('./signed-note.js').Key, trusted: readonly string[] }} believed notes that were kept earlier and elsewhere
 * @param {(entries: number) => void} progress
 * @returns {Promise<Verdict>}
 */
export async function verifyLog(source, { key, trusted }, progress) {
  const findings = new Findings();
  const keys = new KeyChain(key, findings);
  await keys.read(source.keyEntries(), key);
  const heads = new Heads(headsOf(source, key.name, trusted, findings), keys);
  const tree = new Tree();
  const retention = new Retention(keys, key.name, findings);
  const orders = new Orders(findings);
  let pruned = 0;
  /** @type {Head | null} */
  let head = null;
  let goodSize = 0;
  let since = new Since(tree);
  const compare = async () => {
    for (let next = await heads.peek(); next?.size === tree.size; next = await heads.peek()) {
      heads.take();
      if (next.root === (await tree.root())) {
        goodSize = Math.max(goodSize, next.size);
        head = next;
        since = new Since(tree);
      } else {
        const exact = await since.firstDifferent(next, source);
        findings.push({ ...otherRoot(next, goodSize), ...(exact !== null && { exact }) });
      }
    }
  };
  await compare();
  let expected = 0;
  /** No gap so far. Beyond one no root can be computed, but each entry can still be held against its leaf. */
  let whole = true;
  for await (const page of source.entries()) {
    const leaves = await Promise.all(
      page.map(({ leaf, raw }) => (raw === null ? bytesOfHex(leaf) : leafOf(raw))),
    );
    for (const [at, { idx, leaf, raw }] of page.entries()) {
      if (idx !== expected) {
        whole = false;
        findings.push(outOfPlace(expected, idx));
        if (!(idx > expected)) continue;
        expected = idx;
      }
      keys.pass(idx, raw);
      if (raw === null) {
        pruned += 1;
        retention.miss(idx);
        orders.forget();
      } else {
        await retention.pass(idx, raw);
        if (whole) await orders.pass(idx, raw);
      }
      const computed = leaves[at] ?? new Uint8Array();
      if (hexOf(computed) !== leaf) findings.push(otherLeaf(idx));
      expected += 1;
      if (!whole) continue;
      await tree.push(computed);
      since.push(computed);
      await retention.root(tree);
      await compare();
    }
    progress(expected);
  }
  keys.end();
  retention.end();
  orders.end();
  for (let next = await heads.peek(); next !== null; next = await heads.peek()) {
    heads.take();
    if (next.size > expected) findings.push(unreached(next, expected, goodSize));
  }
  if (heads.exported + heads.trusted === 0 && expected === 0) findings.push(nothingThere());
  if (heads.covered < expected) findings.push(uncovered(heads.covered));
  return {
    ok: findings.count === 0,
    entries: tree.size,
    root: await tree.root(),
    checkpoints: heads.exported,
    trusted: heads.trusted,
    pruned,
    truncated: retention.ranges,
    orders: orders.count,
    keys: keys.texts,
    head,
    findings: findings.kept,
    count: findings.count,
  };
}
