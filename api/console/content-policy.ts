/** Narrower than the API's: one stylesheet, and no script where nobody is signed in. */
export const contentPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Of a page that runs scripts: files of ours, nothing written into the page, which may ask nobody but us and can make no
 * markup out of text.
 */
export const scriptPolicy = [
  contentPolicy,
  "script-src 'self'",
  "connect-src 'self'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');
