import type { Json } from '../../../schemas/json.ts';

const manyDigits = /\d{16}/;
const wholeNumber = /^-?[1-9]\d{15,}$/;
const startsNumber = /[-\d]/;
const continuesNumber = /[-+.\deE]/;

/**
 * `JSON.parse`, but a whole number beyond ±2^53 becomes a text with its digits: rounded, an id names another device.
 * @throws SyntaxError like `JSON.parse`
 */
export function parseExactly(json: string): Json {
  const value = JSON.parse(json) as Json;
  const exact = quoteLongNumbers(json);
  return exact === json ? value : (JSON.parse(exact) as Json);
}

/** Only of what has been parsed: quoting would make JSON of some text that is none. */
function quoteLongNumbers(json: string): string {
  if (!manyDigits.test(json)) return json;
  const pieces: string[] = [];
  let copied = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json[at] ?? '';
    if (character === '"') at = closingQuote(json, at);
    else if (startsNumber.test(character)) {
      const end = endOfNumber(json, at);
      const number = json.slice(at, end);
      if (wholeNumber.test(number) && !Number.isSafeInteger(Number(number))) {
        pieces.push(json.slice(copied, at), '"', number, '"');
        copied = end;
      }
      at = end - 1;
    }
  }
  return pieces.join('') + json.slice(copied);
}

function endOfNumber(json: string, start: number): number {
  let end = start + 1;
  while (end < json.length && continuesNumber.test(json[end] ?? '')) end++;
  return end;
}

function closingQuote(json: string, start: number): number {
  for (let at = start + 1; at < json.length; at++) {
    if (json[at] === '\\') at++;
    else if (json[at] === '"') return at;
  }
  return json.length;
}
