import type { Json, JsonObject } from '../../../schemas/json.ts';
import type { CheckOutcome } from '../contracts/action.ts';
import type { Look, Looked } from '../contracts/command.ts';
import { foundDigest } from './found-digest.ts';

/*
 * Whether a target still shows what our action left (language reference 6), so that an inverse takes back
 * our own doing and nobody else's. It knows what was left and what the target says now, not how it was asked.
 */

export type Standing =
  | { kind: 'stands'; looked: Looked }
  | { kind: 'changed'; expected: JsonObject; found: JsonObject }
  /** The target did not say: nothing may be sent on a guess. */
  | { kind: 'unread'; message: string };

export interface StandingQuestion {
  look: Look;
  /**
   * What each of our own successes of this effect left on the target, this record's first: another run of ours
   * may have done it anew since, and what one of us left is ours.
   */
  left: readonly JsonObject[];
  /** Names of values that tell one doing from another (`ActionManifest.marks`). */
  marks: readonly string[];
}

export function judgeStanding(question: StandingQuestion, now: CheckOutcome): Standing {
  const { look, left, marks } = question;
  if (now.kind === 'unknown') {
    // Who said yes saw that it cannot be asked.
    if (look.for === 'found' && look.found.state === unreadState)
      return { kind: 'stands', looked: 'cannot-tell' };
    return { kind: 'unread', message: now.message };
  }
  const found = readingOf(now, marks);
  const adopted = now.kind === 'in-transition' && now.handle.ours === true;
  if (adopted || (now.kind !== 'absent' && left.some((each) => isOurs(each, found, marks))))
    return { kind: 'stands', looked: 'as-left' };
  if (look.for === 'found' && foundDigest(found) === foundDigest(look.found))
    return { kind: 'stands', looked: 'as-found' };
  return { kind: 'changed', expected: expectationOf(left[0] ?? {}, marks), found };
}

/** The state of what could not be read, so that a person can order an inverse knowing that. */
export const unreadState = 'cannot-tell';

/** A mark that one of both does not tell compares with nothing. */
function isOurs(left: JsonObject, found: JsonObject, marks: readonly string[]): boolean {
  return marks.every(
    (mark) => left[mark] === undefined || found[mark] === undefined || left[mark] === found[mark],
  );
}

function readingOf(now: Exclude<CheckOutcome, { kind: 'unknown' }>, marks: readonly string[]): JsonObject {
  switch (now.kind) {
    case 'present':
      return { state: 'present', ...marked(now.outputs, marks) };
    case 'in-transition':
      return { state: 'in-transition', ...marked(now.handle, marks) };
    case 'absent':
      return { ...plainValues(now.shows ?? {}), state: 'absent' };
  }
}

function expectationOf(left: JsonObject, marks: readonly string[]): JsonObject {
  return { state: 'present', ...marked(left, marks) };
}

function marked(values: JsonObject, marks: readonly string[]): JsonObject {
  return plainValues(
    Object.fromEntries(marks.flatMap((mark) => (mark in values ? [[mark, values[mark]]] : []))),
  );
}

/** A record is a row that is read with every undo: enough to recognise a state by, never a whole answer. */
const valuesMax = 16;
const textMax = 200;

/** What a success told, without what the playbook keeps secret. */
export function leftBehind(outputs: JsonObject, masked: readonly string[]): JsonObject {
  return plainValues(Object.fromEntries(Object.entries(outputs).filter(([name]) => !masked.includes(name))));
}

function plainValues(values: { [name: string]: Json | undefined }): JsonObject {
  const plain: JsonObject = {};
  for (const [name, value] of Object.entries(values)) {
    if (Object.keys(plain).length === valuesMax) break;
    if (name.length > textMax) continue;
    if (typeof value === 'boolean' || Number.isSafeInteger(value)) plain[name] = value as boolean | number;
    else if (typeof value === 'string' && value.length <= textMax) plain[name] = value;
  }
  return plain;
}
