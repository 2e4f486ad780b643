import { Refusal } from './answer.ts';

/** `$top` and `$skip`; absent `$top` means `topMax`. `code` is the API's word for a wrong option. */
export function readPaging(
  query: URLSearchParams,
  topMax: number,
  code: string,
): { top: number; skip: number } {
  return {
    top: readCount(query, '$top', topMax, topMax, code),
    skip: readCount(query, '$skip', 0, Number.MAX_SAFE_INTEGER, code),
  };
}

function readCount(
  query: URLSearchParams,
  name: string,
  fallback: number,
  max: number,
  code: string,
): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const count = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (count <= max) return count;
  throw new Refusal(400, code, `The query option '${name}' must be a whole number from 0 to ${max}.`);
}

/** Options that are not documented for a call, or that are given twice, are refused. */
export function allowOptions(query: URLSearchParams, allowed: readonly string[], code: string): void {
  const seen = new Set<string>();
  for (const name of query.keys()) {
    if (!allowed.includes(name)) throw new Refusal(400, code, `The query option '${name}' is not supported.`);
    if (seen.has(name)) throw new Refusal(400, code, `The query option '${name}' is given twice.`);
    seen.add(name);
  }
}
