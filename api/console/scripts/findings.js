/*
 * What can be wrong, in the words of the offline verifier (`api/cli/audit/verifier/finding.ts`, `head.ts`); a test holds
 * them against each other. What one means and what to do stands in the page, under its `means`.
 */

/**
 * @typedef {'place' | 'leaf' | 'root' | 'past' | 'cut' | 'uncovered' | 'head' | 'key' | 'retention' | 'order' | 'answers'} Means
 * @typedef {{ index: number | null, before?: number, message: string, means: Means, exact?: number }} Finding
 *   `exact`: of a range, the first entry that differs from what was signed
 * @typedef {{ size: number, root: string, trusted: boolean, note: string }} Head
 */

/** Of a log that is wrong everywhere only so many are kept: the first ones say where it begins. */
const keptMax = 200;

export class Findings {
  /** @type {Finding[]} */
  kept = [];
  /** How many there are. */
  count = 0;

  /** @param {Finding} finding */
  push(finding) {
    this.count += 1;
    if (this.kept.length < keptMax) this.kept.push(finding);
  }
}

/** @param {number} index @param {Means} means @param {string} message @returns {Finding} */
export function about(index, means, message) {
  return { index, means, message: `entry ${index}: ${message}` };
}

/** @param {number} expected @param {number} idx @returns {Finding} */
export function outOfPlace(expected, idx) {
  if (!(idx > expected)) {
    const message = `entry ${idx} stands where ${expected} belongs: it is there twice or was moved`;
    return { index: expected, message, means: 'place' };
  }
  const which =
    idx === expected + 1 ? `entry ${expected} is missing` : `entries ${expected} to ${idx - 1} are missing`;
  const message = `${which}; ${idx} stands in its place`;
  return { index: expected, before: idx, message, means: 'place' };
}

/** @param {number} index @returns {Finding} */
export function otherLeaf(index) {
  return { index, message: `entry ${index} is not what its leaf says`, means: 'leaf' };
}

/** @param {{ size: number | string, trusted: boolean }} head @param {string} why @returns {Finding} */
export function aboutHead({ size, trusted }, why) {
  const whose = trusted ? 'a checkpoint you kept' : 'an exported checkpoint';
  return { index: null, message: `${whose} (size ${size}): ${why}`, means: 'head' };
}

/** @param {Head} head @param {number} goodSize @returns {Finding} */
export function otherRoot({ size, trusted }, goodSize) {
  const who = trusted ? 'the checkpoint you kept' : 'the signed checkpoint';
  const message = `${who} of ${size} entries has another root: an entry from ${goodSize} to ${size - 1} was changed, added, moved or removed`;
  return { index: goodSize, before: size, message, means: trusted ? 'past' : 'root' };
}

/** @param {number} size @param {number} from @param {number} to @returns {Finding} */
export function otherRangeRoot(size, from, to) {
  const message = `the signed checkpoint of ${size} entries has another root: an entry from ${from} to ${to - 1}, or a hash of the others, was changed, added, moved or removed`;
  return { index: from, before: to, message, means: 'root' };
}

/** The log ends before what a head names. @param {Head} head @param {number} end @param {number} goodSize @returns {Finding} */
export function unreached({ size, trusted }, end, goodSize) {
  const who = trusted ? 'a checkpoint you kept' : 'an exported checkpoint';
  // Nothing tells a tail that was cut from a gap that was closed by moving the later ones up.
  const closed =
    goodSize < end ? `, or as many were removed from ${goodSize} on and the later ones moved up` : '';
  const message = `${who} names ${size} entries, the export ends before ${end}: entries from ${end} on are missing${closed}`;
  return { index: end, before: size, message, means: 'cut' };
}

/** @param {number} covered @returns {Finding} */
export function uncovered(covered) {
  const message = `no signed checkpoint covers the entries from ${covered} on`;
  return { index: covered, message, means: 'uncovered' };
}

/** Of no entries there would be nothing to find fault with. @returns {Finding} */
export function nothingThere() {
  return { index: 0, message: 'there is no entry and no signed checkpoint', means: 'uncovered' };
}
