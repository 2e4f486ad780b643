import type { Json } from '../../../schemas/json.ts';

/** Sixteen digits, or an exponent that makes them of fewer. */
const mayBeLong = /\d{16}|(?:^|[:,[\s])-?\d+(?:\.\d+)?[eE]\+?\d/;
const wholeNumber = /^-?\d+$/;
const startsNumber = /[-\d]/;
const continuesNumber = /[-+.\deE]/;

/**
 * `JSON.parse`, but a number beyond ±2^53 that would be rounded becomes the text that was written, however it was
 * written: rounded, an id names another device. Whole ones always do, so that two neighbours are of one type. Smaller
 * ones with a fraction are no ids and stay as exact as any machine has them.
 * @throws SyntaxError like `JSON.parse`
 */
export function parseExactly(json: string): Json {
  const value = JSON.parse(json) as Json;
  const exact = quoteLongNumbers(json);
  return exact === json ? value : (JSON.parse(exact) as Json);
}

/** Only of what has been parsed: quoting would make JSON of some text that is none. */
function quoteLongNumbers(json: string): string {
  if (!mayBeLong.test(json)) return json;
  const pieces: string[] = [];
  let copied = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json[at] ?? '';
    if (character === '"') at = closingQuote(json, at);
    else if (startsNumber.test(character)) {
      const end = endOfNumber(json, at);
      const number = json.slice(at, end);
      if (isRounded(number)) {
        pieces.push(json.slice(copied, at), '"', number, '"');
        copied = end;
      }
      at = end - 1;
    }
  }
  return pieces.join('') + json.slice(copied);
}

function isRounded(written: string): boolean {
  const number = Number(written);
  // What is no number at all any more is for the caller to refuse.
  if (Math.abs(number) <= Number.MAX_SAFE_INTEGER || !Number.isFinite(number)) return false;
  return wholeNumber.test(written) || decimalOf(written) !== decimalOf(String(number));
}

/** Equal for all spellings of one value: `1.50e3` and `1500`. */
function decimalOf(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = decimal.exec(number) ?? [];
  const digits = `${whole}${fraction}`.replace(/^0+/, '');
  let end = digits.length;
  // By hand: a pattern would look at each zero anew, and a sender may write a million of them.
  while (digits[end - 1] === '0') end--;
  return `${sign}${digits.slice(0, end)}e${Number(exponent) - fraction.length + digits.length - end}`;
}

const decimal = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/;

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
