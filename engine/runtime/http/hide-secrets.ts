import type { Connection } from '../../core/contracts/action.ts';
import type { Http, HttpResponse } from '../../core/contracts/ports.ts';

/** Shorter ones would be found in every text, and are no secrets. */
const lengthMin = 8;
/** Enough of its beginning is as telling: some targets cut what they repeat. */
const beginningMax = 16;
const hidden = '[hidden]';

export interface Hiding {
  http: Http;
  /** For answers over another protocol: takes out what was handed out until now. */
  hide(text: string): string;
  /** The same connection; what it hands out is remembered for as long as this lives. */
  watch(connection: Connection): Connection;
}

/**
 * What a target sends back is stored, shown and written down, and some targets repeat what they were sent. So
 * secrets that were handed out, and the credential of the very request, are taken out of the answer before
 * anybody reads it: as they are, cut short, and as texts inside JSON, addresses and base64 hold them.
 */
export function hideSecrets(http: Http): Hiding {
  const handedOut = new Set<string>();
  return {
    watch: (connection) => ({
      ...connection,
      // A getter may stand there; its value is what counts at the moment of asking.
      get settings() {
        return connection.settings;
      },
      async secret(name) {
        const value = await connection.secret(name);
        handedOut.add(value.trim());
        return value;
      },
    }),
    hide: (text) => hiderOf([...handedOut])(text),
    http: {
      async send(request) {
        const response = await http.send(request);
        const sent = credentialOf(request.headers);
        return withoutSecrets(response, sent === null ? [...handedOut] : [...handedOut, sent]);
      },
    },
  };
}

/** A sign-in has none, so the token that it answers with stays. */
function credentialOf(headers: { [name: string]: string } | undefined): string | null {
  const [, value = ''] =
    Object.entries(headers ?? {}).find(([name]) => name.toLowerCase() === 'authorization') ?? [];
  return value === '' ? null : value.replace(/^\w+ /, '');
}

function withoutSecrets(response: HttpResponse, secrets: readonly string[]): HttpResponse {
  const hide = hiderOf(secrets);
  return {
    ...response,
    headers: Object.fromEntries(Object.entries(response.headers).map(([name, value]) => [name, hide(value)])),
    text: hide(response.text),
  };
}

/** For answers that come over another protocol. */
export function hiderOf(secrets: readonly string[]): (text: string) => string {
  const forms = [...new Set(secrets.filter(({ length }) => length >= lengthMin).flatMap(formsOf))];
  return (text) => forms.reduce(hideForm, text);
}

/** Where it begins, as far as it goes on. */
function hideForm(text: string, form: string): string {
  const beginning = form.slice(0, beginningMax);
  let left = '';
  let from = 0;
  for (let at = text.indexOf(beginning); at !== -1; at = text.indexOf(beginning, from)) {
    let end = at + beginning.length;
    while (end - at < form.length && text[end] === form[end - at]) end++;
    left += text.slice(from, at) + hidden;
    from = end;
  }
  return left + text.slice(from);
}

function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString('base64');
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    base64.slice(0, Math.ceil((Buffer.byteLength(secret) * 4) / 3)),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(secret).toString('hex'),
  ];
}
