import { isJsonObject, type Json } from '../../../../schemas/json.ts';
import { encodedBytes } from '../../audit/plain-text.ts';
import { argumentBytesMax } from '../../audit/redact.ts';

/*
 * Takes out of a case what must not lie in a repository: values that the playbook masks, texts under names
 * that secrets have, texts that look like one, and what the audit log would not show either. The same
 * secret becomes the same word everywhere, so that what compares it still does.
 */

const secretName =
  /pass(word|wd|phrase|code)|secret|token|api[_-]?key|authori[sz]ation|cookie|credential|private[_-]?key|session[_-]?(id|key)/i;

const secretText = [
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/,
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /\b(Bearer|Basic)\s+[\w+/=.~-]{12,}/i,
  /\b(AKIA|ASIA)[0-9A-Z]{16}\b/,
  /\b(ghp|gho|ghs|glpat|xox[abprs]|sk)[-_][\w-]{16,}/,
  /:\/\/[^/\s:@]+:[^/\s:@]+@/,
];

/** Shorter words would be found inside of others. */
const wordMin = 6;

/** `known`: values that are secret whatever they look like. */
export function maskSecrets<Value extends Json>(
  value: Value,
  known: readonly string[],
): { value: Value; masked: number } {
  const found = new Set(known.filter((text) => text !== ''));
  collect(value, null, found);
  const numbers = new Map(
    [...found].sort((a, b) => b.length - a.length).map((text, index) => [text, index + 1]),
  );
  return { value: replaced(value, numbers) as Value, masked: found.size };
}

function collect(value: Json, name: string | null, found: Set<string>): void {
  if (typeof value === 'string') {
    const named = name !== null && secretName.test(name) && value !== '';
    if (named || secretText.some((pattern) => pattern.test(value)) || encodedBytes(value) > argumentBytesMax)
      found.add(value);
  } else if (Array.isArray(value)) {
    for (const each of value) collect(each, name, found);
  } else if (isJsonObject(value)) {
    for (const [key, each] of Object.entries(value)) collect(each, key, found);
  }
}

function replaced(value: Json, numbers: ReadonlyMap<string, number>): Json {
  if (typeof value === 'string') return maskText(value, numbers);
  if (Array.isArray(value)) return value.map((each) => replaced(each, numbers));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, replaced(each, numbers)]));
}

function maskText(text: string, numbers: ReadonlyMap<string, number>): string {
  const whole = numbers.get(text);
  if (whole !== undefined) return word(whole);
  let next = text;
  for (const [secret, number] of numbers) {
    if (secret.length >= wordMin) next = next.replaceAll(secret, word(number));
  }
  return next;
}

function word(number: number): string {
  return `masked-${number}`;
}
