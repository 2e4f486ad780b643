/** Narrower than the API's: pages run no script and load one stylesheet. */
export const contentPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of a page that asks for a passkey, which takes a script: one file of ours, nothing written into the page. */
export const scriptPolicy = `${contentPolicy}; script-src 'self'`;
