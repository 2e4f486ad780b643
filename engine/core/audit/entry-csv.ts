import type { Entry } from '../contracts/entry.ts';
import { readEntry } from './read-entry.ts';

/*
 * Entries as a table for people with a spreadsheet (RFC 4180). A cell never becomes a formula, whatever an
 * alert wrote into it; the evidence are the exact bytes of the JSONL export, not this.
 */

export interface CsvItem {
  index: number;
  /** Null when the bytes are gone or are none of ours: index, leaf and what is known of it stay. */
  entry: Entry | null;
  /** Of bytes that are no entry, why not, and the bytes as text. */
  unreadable: { why: string; text: string } | null;
  leaf: string;
}

/** Of a sealed entry as it is listed. */
export function csvItemOf(listed: {
  index: number;
  type: string;
  entry: string | null;
  leaf: string;
}): CsvItem {
  const { index, leaf, type, entry: raw } = listed;
  if (raw === null) {
    const unreadable = type === 'unreadable' ? { why: 'not-utf8', text: '' } : null;
    return { index, leaf, entry: null, unreadable };
  }
  const read = readEntry(Buffer.from(raw));
  return read.ok
    ? { index, leaf, entry: read.entry, unreadable: null }
    : { index, leaf, entry: null, unreadable: { why: read.code, text: raw } };
}

/** What stands in the log may have been written past us, so no field is trusted to have its type. */
const columns: readonly (readonly [title: string, value: (entry: Entry) => unknown])[] = [
  ['time', (entry) => entry.time],
  ['type', (entry) => entry.type],
  ['id', (entry) => entry.id],
  ['tenant', (entry) => entry.tenant],
  ['actor_kind', (entry) => entry.actor.kind],
  ['actor_id', (entry) => entry.actor.id],
  ['channel', (entry) => entry.actor.channel],
  ['on_behalf_of', (entry) => entry.onBehalfOf],
  ['outcome', (entry) => entry.outcome],
  ['code', (entry) => entry.code],
  ['reason', (entry) => entry.reason],
  ['simulated', (entry) => (entry.simulated === true ? 'yes' : undefined)],
  ['run', (entry) => entry.runId],
  ['step', (entry) => entry.step],
  ['attempt', (entry) => entry.attempt],
  ['playbook', (entry) => entry.playbook?.id],
  ['playbook_version', (entry) => entry.playbook?.version],
  ['playbook_digest', (entry) => entry.playbook?.digest],
  ['action', (entry) => entry.action],
  ['action_key', (entry) => entry.actionKey],
  ['connection', (entry) => entry.connection],
  ['targets', (entry) => targetTexts(entry.targets)],
  ['approval', (entry) => entry.approvalId],
  ['plan_digest', (entry) => entry.planDigest],
  ['alert', (entry) => entry.alertId],
  ['incident', (entry) => entry.incidentId],
  ['request', (entry) => entry.requestId],
  ['data', (entry) => entry.data],
];

export function csvHead(): string {
  return row(['index', ...columns.map(([title]) => title), 'leaf']);
}

export function csvRow({ index, entry, unreadable, leaf }: CsvItem): string {
  const cells = columns.map(([title, value]) => {
    if (entry !== null) return text(value(entry));
    if (unreadable === null) return title === 'type' ? 'pruned' : '';
    if (title === 'type') return `unreadable: ${unreadable.why}`;
    return title === 'data' ? unreadable.text : '';
  });
  return row([String(index), ...cells, leaf]);
}

function targetTexts(targets: Entry['targets']): unknown {
  if (!Array.isArray(targets) || !targets.every((target) => typeof target === 'object' && target !== null))
    return targets;
  return targets
    .map(({ kind, id, name }) => `${text(kind)}:${text(id)}${name === undefined ? '' : ` (${text(name)})`}`)
    .join('; ');
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function row(cells: readonly string[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

/**
 * Quoted always. What a spreadsheet might take for a formula begins with an apostrophe, also in the wide
 * forms and after blanks, which some programs trim; so does what begins with an apostrophe already, so that
 * one can tell whether it was added.
 */
function cell(value: string): string {
  const plain = value.replaceAll('\0', '\ufffd');
  const safe = /^[\s\ufeff]*[=+\-@＝＋－＠']|^[\t\r\n]/u.test(plain) ? `'${plain}` : plain;
  return `"${safe.replaceAll('"', '""')}"`;
}
