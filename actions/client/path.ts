/**
 * Builds a URL path: every interpolated value becomes exactly one encoded segment (or part of one).
 * Identifiers come from alerts, so they are attacker text until proven otherwise.
 *
 * @throws Error for a value that cannot be one segment: empty, `.`, `..`, over-long, or with control characters.
 */
export function path(literals: TemplateStringsArray, ...values: string[]): string {
  let built = literals[0] ?? '';
  for (const [index, value] of values.entries()) {
    built += pathSegment(value) + (literals[index + 1] ?? '');
  }
  return built;
}

const maxSegmentLength = 1024;

export function pathSegment(value: string): string {
  const navigates = value === '' || value === '.' || value === '..';
  if (navigates || value.length > maxSegmentLength || /\p{Cc}/u.test(value)) {
    throw new Error('An identifier cannot be used as one path segment.');
  }
  return encode(value);
}

/** `?a=…&$filter=…`; names are written by us and stay as they are. */
export function query(fields: { [name: string]: string }): string {
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${encode(value)}`);
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}

// encodeURIComponent leaves ! ' ( ) * alone; quotes and brackets mean something in OData addresses
function encode(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
