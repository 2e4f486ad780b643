import { type LivePoint, pointText } from './live-point.ts';
import { approvalTypes, type LiveList, type LiveTopic, runTypes } from './live-topics.ts';

/** A sealed entry, as far as it is told to those who look on. */
export interface LiveEntry {
  index: number;
  type: string;
  run: string | null;
  /** Null where the entry is about none, or does not say any more which. */
  approval: string | null;
  /**
   * The last of this list that was read, and stands for the others. An outbreak is some thousand entries a second: whoever looks at a list would
   * read it again after each, so they are told once for each look at the log.
   */
  list: LiveList | null;
}

/** What went by while nobody could be told: everything that is looked at has to be fetched again. */
export const resetType = 'live.reset';

/** Who has a question open is another one. */
export const presenceType = 'approval.presence';

/** What one entry is to somebody, as server-sent events. */
export interface Told {
  index: number;
  text: string;
}

/** Of entries in the order of the log, those that somebody with these topics wants. */
export function toldOf(
  entries: readonly LiveEntry[],
  topics: readonly LiveTopic[],
  incarnation: number,
): Told[] {
  return entries
    .map((entry) => ({ index: entry.index, text: eventsOf(entry, topics, incarnation) }))
    .filter(({ text }) => text !== '');
}

/** The last of several events has the id, so that nobody resumes between two. */
function eventsOf(entry: LiveEntry, topics: readonly LiveTopic[], incarnation: number): string {
  const refs = topics.flatMap((topic) => refOf(entry, topic));
  const id = pointText({ incarnation, next: entry.index + 1 });
  return refs
    .map((ref, at) =>
      event(at === refs.length - 1 ? id : null, { type: entry.type, ref, version: entry.index }),
    )
    .join('');
}

const ofApprovals: ReadonlySet<string> = new Set(approvalTypes);
const ofRuns: ReadonlySet<string> = new Set(runTypes);

/** At most one: what changed, or null inside it for a question that is not named any more. */
function refOf(entry: LiveEntry, topic: LiveTopic): (string | null)[] {
  if (topic.kind === 'approvals') return ofApprovals.has(entry.type) ? [entry.approval] : [];
  if (topic.kind === 'presence') return [];
  if (topic.kind !== 'runs' || topic.run === null) return entry.list === topic.kind ? [null] : [];
  return entry.run === topic.run && ofRuns.has(entry.type) ? [entry.run] : [];
}

export function resetEvent(head: LivePoint): string {
  return event(pointText(head), { type: resetType, ref: null, version: Math.max(0, head.next - 1) });
}

/** Somebody opened or left a question. It has no place in the log, so nobody resumes from it. */
export function presenceEvent(approvalId: string, head: LivePoint): string {
  return event(null, { type: presenceType, ref: approvalId, version: Math.max(0, head.next - 1) });
}

/** First of all, so that whoever is cut off before anything happens can resume; and how long to wait before that. */
export function openingText(point: LivePoint, retryMs: number): string {
  return `retry: ${retryMs}\n${idLine(pointText(point))}\n`;
}

/** A comment, which nobody is told of, and the point that has been got to without anything to tell. */
export function beatText(point: LivePoint): string {
  return `: beat\n${idLine(pointText(point))}\n`;
}

function event(id: string | null, data: { type: string; ref: string | null; version: number }): string {
  // JSON has no line end of its own inside, which is what an event ends with.
  return `${idLine(id)}data: ${JSON.stringify(data)}\n\n`;
}

function idLine(id: string | null): string {
  return id === null ? '' : `id: ${id}\n`;
}
