/**
 * `url_encode(text)`: RFC 3986 percent-encoding of everything but the unreserved characters, so the
 * text is one path segment or one query value. A lone half of a surrogate pair becomes U+FFFD.
 */
export function urlEncode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
