import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import { entryTypes } from '../contracts/entry.ts';

/** A sealed entry as a stream finds it; `text` is null when its text was pruned or is none. */
export interface SealedEntry {
  index: number;
  log: string;
  id: string;
  type: string;
  at: string;
  text: string | null;
}

/**
 * By name, so that a field which comes later stays inside until somebody decides otherwise. `data` and
 * `reason` stay inside: they quote alerts and people.
 */
const told = [
  'actor',
  'onBehalfOf',
  'runId',
  'step',
  'attempt',
  'playbook',
  'action',
  'actionKey',
  'connection',
  'targets',
  'approvalId',
  'planDigest',
  'alertId',
  'incidentId',
  'outcome',
  'code',
  'requestId',
  'simulated',
] as const;

/** Of the `data` of one type of entry: what people have to know in order to do something, and no words of theirs. */
const toldOf: { readonly [type: string]: readonly string[] } = {
  'lease.expiring': ['record', 'until', 'at_end', 'effect', 'renewed_by', 'owner', 'page'],
  'lease.stuck': ['record', 'until', 'at_end', 'effect', 'renewed_by', 'owner', 'page', 'compiler_version'],
};

/**
 * What this entry invites people to, found by its run and its digest: the entry of a question is written before
 * the question has its id.
 */
export function namesOf(text: string | null): { runId?: Json; planDigest?: Json } {
  const parsed = parse(text);
  return isJsonObject(parsed as Json) ? (parsed as JsonObject) : {};
}

/** The body of one message; `link` leads to what it is about. The entry's own id makes a repetition recognisable, its index a gap. */
export function streamEvent(entry: SealedEntry, link: string | null): JsonObject {
  const fields: { [name: string]: Json } = { log: entry.log, index: entry.index };
  const parsed = parse(entry.text);
  if (isJsonObject(parsed as Json)) {
    for (const name of told) {
      const value = (parsed as JsonObject)[name];
      if (value !== undefined) fields[name] = value;
    }
    const details = namedIn((parsed as JsonObject).data, toldOf[entry.type] ?? []);
    if (details !== null) fields.details = details;
  }
  if (link !== null) fields.link = link;
  return { type: entry.type, id: entry.id, time: entry.at, data: fields };
}

function namedIn(data: Json | undefined, names: readonly string[]): JsonObject | null {
  if (names.length === 0 || !isJsonObject(data)) return null;
  return Object.fromEntries(
    names.flatMap((name) => (data[name] === undefined ? [] : [[name, data[name]]])),
  ) as JsonObject;
}

/** Bytes that somebody wrote past us must not hold up what follows them: they are told without fields. */
function parse(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whoever listens at all is told that somebody decided alone: it is the one thing nobody may have filtered out. */
const loud = ['approval.break-glass'];

/** `wanted`: names of types or `approval.*`; none means all. */
export function wants(wanted: readonly string[], type: string): boolean {
  return wanted.length === 0 || loud.includes(type) || wanted.some((each) => covers(each, type));
}

/** Those that no entry can ever have: a misspelt one would be silence. */
export function unknownTypes(wanted: readonly string[]): string[] {
  return wanted.filter((each) => !entryTypes.some((type) => covers(each, type)));
}

function covers(wanted: string, type: string): boolean {
  return wanted.endsWith('.*') ? type.startsWith(wanted.slice(0, -1)) : type === wanted;
}
