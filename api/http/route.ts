import type { Permission, Principal } from '../../engine/core/identity/rights.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { IdentifiedCaller } from './authenticate.ts';
import type { Deps } from './deps.ts';

/*
 * A route is data: who may call it, what it takes, what it answers, and one function. Router, rights
 * check, body limits, validation and the OpenAPI document are all made from this same value, so
 * none of them can know a route that another does not.
 */
export interface Route {
  method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** OpenAPI form: `/v1/runs/{id}`. */
  path: string;
  operationId: string;
  summary: string;
  /** There is no default: a route without an answer to "who may" does not start. */
  permission: Permission | 'public';
  /**
   * Of a webhook trigger that has secrets: a signature over the body takes the place of a token and of the
   * permission, and nothing else does.
   */
  signable?: true;
  query?: { [name: string]: QueryParameter };
  /** Request headers of its own, by their lower-case names. */
  headers?: { [name: string]: QueryParameter };
  body?: BodySpec;
  answers: { [status: number]: AnswerSpec };
  /** The answer holds a secret shown once: it is never kept for a replay. */
  secretAnswer?: true;
  /** It shows the log, and that leaves an entry; the only thing that a GET writes. */
  readsLog?: true;
  /** Browsers ask for it without their person: it keeps no session going. */
  byItself?: true;
  handle(request: RouteRequest, deps: Deps): Promise<Answer> | Answer;
}

export interface QueryParameter {
  schema: JsonObject;
  description: string;
}

export interface BodySpec {
  /** Exactly these media types, in the order of preference. */
  types: readonly ('application/json' | 'application/yaml' | 'text/yaml')[];
  bytesMax: number;
  /** Of the JSON body. */
  schema: JsonObject;
  required: boolean;
}

export interface AnswerSpec {
  description: string;
  /** None for an empty answer and for bytes. */
  schema?: JsonObject;
  /** Media type of an answer that is bytes instead of JSON. */
  type?: string;
  headers?: { [name: string]: string };
}

export interface RouteRequest {
  caller: IdentifiedCaller;
  params: { readonly [name: string]: string };
  /** Validated; lists are comma separated texts still. */
  query: { readonly [name: string]: string | number | boolean | undefined };
  /** JSON, or the text of a YAML body. */
  body: unknown;
  /** First value of a header, by lower-case name. */
  header(name: string): string | undefined;
  /**
   * The same for every repeat under one `Idempotency-Key`, and for nothing else; null without one. What is more when it
   * is done twice is done under this name, so that a repeat finds it even if the first answer was never given.
   */
  once: string | null;
  /** Path and query as asked, for links to the next page. */
  url: string;
  /** Nobody waits for the answer any more, or has all of it. */
  gone: AbortSignal;
  /** Who the caller is by now, for answers that go on; null when they are nobody any more. */
  again(): Promise<Principal | null>;
}

export interface Answer {
  status: number;
  body?: unknown;
  /** Sent as they are, instead of a body; `Content-Type` is among the headers. */
  bytes?: Uint8Array;
  /** Sent piece by piece, as fast as they are taken. Whoever takes nothing for half a minute is let go. */
  pieces?: AsyncIterable<string | Uint8Array>;
  headers?: { [name: string]: string };
}

export const kibibyte = 1024;
