import { fill, partOf, showOnly, utc } from './verify-words.js';

/** @typedef {import('./verify-log.js').Verdict} Verdict */

/**
 * @typedef {{
 *   verdict: Verdict, range: { from: number, to: number } | null, serversWord: boolean,
 *   kept: import('./kept-heads.js').KeptHead | undefined, seconds: number,
 * }} Checked
 */

/**
 * @param {Checked} checked
 * @param {(index: number) => string} addressOf an entry
 */
export function resultOf({ verdict, range, serversWord, kept, seconds }, addressOf) {
  const { entries, root, head, keys, findings, count, orders } = verdict;
  const to = range === null ? entries : range.from + entries;
  const result = partOf('result', {
    which: entries === 0 ? '–' : `${range?.from ?? 0} – ${to - 1}`,
    entries,
    root,
    head: head === null ? '–' : head.size,
    keys: keys.map(shortKey).join(', '),
    checkpoints: verdict.checkpoints,
    own: verdict.trusted || null,
    kept: kept === undefined ? null : `${kept.size}, ${utc(kept.at)}`,
    gone: verdict.truncated.map((each) => `${each.from} – ${each.to - 1}`).join(', ') || null,
    orders: orders.done === 0 ? null : `${orders.done}, ${orders.unsigned} of them unsigned`,
    pruned: range !== null && verdict.pruned > 0 ? verdict.pruned : null,
    at: utc(new Date().toISOString()),
    seconds: seconds.toFixed(1),
    more: count > findings.length ? count - findings.length : null,
  });
  showOnly(result, 'lead', verdict.ok ? (range === null ? 'whole' : 'range') : 'broken');
  showOnly(
    result,
    'when',
    ...(serversWord ? ['servers-word'] : []),
    ...(count > 0 ? ['findings'] : []),
    range === null ? 'whole' : 'range',
  );
  const told = withoutEchoes(findings);
  const first = firstBad(told);
  fill(result, { echoes: told.length < findings.length ? findings.length - told.length : null });
  const list = result.querySelector('[data-findings]');
  for (const [at, finding] of told.entries()) {
    const isNew = told.findIndex(({ means }) => means === finding.means) === at;
    list?.append(findingOf(finding, finding.means === 'cut' ? null : addressOf, isNew));
  }
  const link = result.querySelector('a[data-first]');
  if (link instanceof HTMLAnchorElement && first !== null) {
    // One that is missing at the end is on no page.
    if (first < to) link.href = addressOf(first);
    fill(result, { first });
  } else fill(result, { first: null });
  return result;
}

/** @param {import('./findings.js').Finding} finding @param {((index: number) => string) | null} addressOf null where it is on no page @param {boolean} explained */
function findingOf({ index, exact, message, means }, addressOf, explained) {
  const at = exact ?? index;
  const part = partOf('finding', { message, exact: exact ?? null, index: addressOf === null ? null : at });
  const link = part.querySelector('a');
  if (link instanceof HTMLAnchorElement && addressOf !== null && at !== null) link.href = addressOf(at);
  if (explained) part.querySelector('[data-meaning]')?.append(partOf(`means-${means}`));
  return part;
}

/**
 * Once a head does not fit, no later one can. That one from before does not fit says more only where all signed ones do.
 * @param {Verdict['findings']} findings
 */
function withoutEchoes(findings) {
  const told =
    findings.find(({ means }) => means === 'root') ?? findings.find(({ means }) => means === 'past');
  return findings.filter((finding) => finding === told || !['root', 'past'].includes(finding.means));
}

/** The lowest entry that is named; what is about none of them has no place in the log. @param {Verdict['findings']} findings */
function firstBad(findings) {
  const named = findings.map(({ exact, index }) => exact ?? index).filter((each) => each !== null);
  return named.length === 0 ? null : Math.min(...named);
}

/** Name and id, as both stand in every signature line. @param {string} key */
function shortKey(key) {
  return key.split('+').slice(0, 2).join('+');
}
