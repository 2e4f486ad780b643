import type { ActionContext, Failure } from '../../engine/core/contracts/action.ts';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../../engine/core/contracts/ports.ts';
import { isJsonObject, type JsonObject } from '../../schemas/json.ts';
import { retryable, terminal } from './fail.ts';
import { parseJson } from './parse-json.ts';
import { baseUrl } from './read-setting.ts';
import type { TokenAnswer } from './request-token.ts';
import type { TokenCache } from './token-cache.ts';
import { translateAbort } from './translate-abort.ts';
import { readVendorError, translateStatus, type VendorError } from './translate-status.ts';
import { translateUnsent } from './translate-unsent.ts';

export type Reading = { ok: true; body: JsonObject } | { ok: false; failure: Failure };

/**
 * `done`: the target said 2xx. `refused`: the target surely did not act. `unknown`: it may have acted,
 * and only asking it again tells.
 */
export type Writing =
  | { kind: 'done'; headers: { [name: string]: string }; body: JsonObject | null }
  | { kind: 'refused'; failure: Failure; status: number | null; error: VendorError }
  | { kind: 'unknown'; message: string };

/** One vendor API behind one base address and one token scope. Paths begin with a slash and are already encoded. */
export interface VendorApi {
  /** The token that the calls go out with; for what it says about us. */
  signIn(context: ActionContext): Promise<TokenAnswer>;
  read(context: ActionContext, path: string): Promise<Reading>;
  /** Follows an `@odata.nextLink`: an opaque URL, taken only if it stays below the same base address. */
  readNext(context: ActionContext, link: string): Promise<Reading>;
  write(
    context: ActionContext,
    method: 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: JsonObject,
  ): Promise<Writing>;
}

export interface VendorApiOptions {
  /** For messages: `Microsoft Graph`. */
  system: string;
  /** Name of the setting with the base address. */
  urlSetting: string;
  /** Token scope for a base address. */
  scopeOf(baseUrl: string, settings: { [name: string]: string }): string;
}

type Sent =
  | { kind: 'answered'; response: HttpResponse }
  | { kind: 'refused'; failure: Failure }
  | { kind: 'lost'; message: string };

const noError: VendorError = { code: '', text: '', correlation: '' };

export function createVendorApi(tokens: TokenCache, options: VendorApiOptions): VendorApi {
  const { system } = options;

  /** Sends with a token; a 401 means that the target did nothing, so once a fresh token may try again. */
  async function send(context: ActionContext, request: HttpRequest, base: string): Promise<Sent> {
    const scope = options.scopeOf(base, context.connection.settings);
    for (let lastTry = false; ; lastTry = true) {
      const answer = await tokens.token(context, scope);
      if (!answer.ok) return { kind: 'refused', failure: answer.failure };
      let response: HttpResponse;
      try {
        response = await context.http.send({
          ...request,
          headers: {
            accept: 'application/json',
            ...request.headers,
            authorization: `Bearer ${answer.token}`,
          },
          signal: context.signal,
        });
      } catch (error) {
        if (!(error instanceof HttpFailure)) throw error;
        if (error.sent === 'maybe-sent')
          return { kind: 'lost', message: `${system} did not answer: the request may have arrived.` };
        return { kind: 'refused', failure: translateUnsent(context, system, error) };
      }
      if (response.status !== 401) return { kind: 'answered', response };
      tokens.drop(context, scope, answer.token);
      if (lastTry) return { kind: 'answered', response };
    }
  }

  async function readUrl(context: ActionContext, base: string, url: string): Promise<Reading> {
    const sent = await send(context, { method: 'GET', url }, base);
    if (sent.kind === 'refused') return { ok: false, failure: sent.failure };
    if (sent.kind === 'lost') {
      const failure = translateAbort(context) ?? retryable('timeout', `${system} did not answer in time.`);
      return { ok: false, failure };
    }
    const { response } = sent;
    if (response.status < 200 || response.status > 299) {
      return { ok: false, failure: translateStatus(response, system, context.nowMs()) };
    }
    const body = parseJson(response.text);
    if (isJsonObject(body)) return { ok: true, body };
    return {
      ok: false,
      failure: terminal('invalid-response', `${system} answered ${response.status} without a JSON object.`),
    };
  }

  return {
    async signIn(context) {
      const base = baseUrl(context.connection, options.urlSetting);
      if (!base.ok) return base;
      return await tokens.token(context, options.scopeOf(base.url, context.connection.settings));
    },

    async read(context, path) {
      const base = baseUrl(context.connection, options.urlSetting);
      if (!base.ok) return base;
      return await readUrl(context, base.url, base.url + path);
    },

    async readNext(context, link) {
      const base = baseUrl(context.connection, options.urlSetting);
      if (!base.ok) return base;
      // the token goes along, so a link to elsewhere would give it away
      const inside = URL.canParse(link) && new URL(link).href.startsWith(`${base.url}/`);
      if (!inside) {
        return {
          ok: false,
          failure: terminal('invalid-response', `${system} sent a next page outside its own address.`),
        };
      }
      return await readUrl(context, base.url, link);
    },

    async write(context, method, path, body) {
      const base = baseUrl(context.connection, options.urlSetting);
      if (!base.ok) return { kind: 'refused', failure: base.failure, status: null, error: noError };
      const json =
        body === undefined
          ? {}
          : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
      const sent = await send(context, { method, url: base.url + path, ...json }, base.url);
      if (sent.kind === 'refused')
        return { kind: 'refused', failure: sent.failure, status: null, error: noError };
      if (sent.kind === 'lost') return { kind: 'unknown', message: sent.message };
      const { response } = sent;
      const { status } = response;
      if (status >= 200 && status <= 299) {
        const parsed = parseJson(response.text);
        return { kind: 'done', headers: response.headers, body: isJsonObject(parsed) ? parsed : null };
      }
      const certain = status >= 400 && status <= 499 && status !== 408;
      if (!certain)
        return { kind: 'unknown', message: `${system} answered ${status} after the order was sent.` };
      return {
        kind: 'refused',
        failure: translateStatus(response, system, context.nowMs()),
        status,
        error: readVendorError(response),
      };
    },
  };
}
