import { exactBase64, hexOf } from './bytes.js';
import { aboutHead } from './findings.js';
import { signatureOf } from './signed-note.js';

/* C2SP tlog-checkpoint: what a signed head says, and of whom. */

/** @typedef {import('./findings.js').Findings} Findings */
/** @typedef {import('./findings.js').Head} Head */

/**
 * Null when the note is none of this log; the finding says why.
 * @param {string} note @param {string} name of the log @param {boolean} trusted @param {Findings} findings
 * @returns {Head | null}
 */
export function readHead(note, name, trusted, findings) {
  const split = note.lastIndexOf('\n\n');
  const [origin, size = '?', root = ''] = note.slice(0, split + 1).split('\n');
  const why = !note.endsWith('\n')
    ? 'it is not whole: its last line does not end'
    : split < 0 || !note.slice(split).includes(`\n— ${name} `)
      ? 'it is not signed with this key'
      : origin !== name || !/^(0|[1-9][0-9]{0,14})$/.test(size)
        ? 'it is about another log'
        : null;
  if (why === null)
    return { size: Number(size), root: hexOf(exactBase64(root) ?? new Uint8Array()), trusted, note };
  findings.push(aboutHead({ size, trusted }, why));
  return null;
}

/**
 * A finding when this key has not signed it well.
 * @param {Head} head @param {import('./signed-note.js').Key} key @param {Findings} findings
 */
export async function isSigned(head, key, findings) {
  const verdict = await signatureOf(head.note, key);
  if (verdict === 'good') return true;
  const why =
    verdict === 'none'
      ? 'it is not signed with this key'
      : 'its signature does not fit: it was changed after it was signed';
  findings.push(aboutHead(head, why));
  return false;
}
