/* Generated from endpoints-v1.schema.json by `npm run schemas:types`. Change the schema, not this file. */
import type { Json } from './json.ts';

export type PlainPath = string;
export type FieldName = string;
/**
 * Below the address of the connection. Each segment is written out or one `{argument}`.
 */
export type Path = string;
/**
 * Statuses that mean that it went well; otherwise every 2xx.
 *
 * @minItems 1
 */
export type Statuses = number[];
export type Pointer = string;
/**
 * Statuses of an answer that can show it; otherwise every 2xx.
 *
 * @minItems 1
 */
export type Statuses1 = number[];
/**
 * Statuses that mean that it is not there; otherwise 404.
 *
 * @minItems 1
 */
export type Statuses2 = number[];

/**
 * What playbooks may send to a system that Riposte has no connector for. The operator writes it; each endpoint is an action `<system>.<name>` (decision record 0046).
 */
export interface EndpointsFile {
  /**
   * First key of the file.
   */
  kind: 'endpoints/v1';
  headers?: Headers;
  /**
   * What a test of the connection reads. It is a GET and must change nothing; without it nobody can say whether the connection works.
   */
  test?: {
    path: PlainPath;
  };
  /**
   * By the second half of the action's key: a verb and a noun.
   */
  endpoints: {
    [k: string]: Endpoint;
  };
}
/**
 * Sent with every request.
 */
export interface Headers {
  [k: string]: string;
}
export interface Endpoint {
  /**
   * What it does, as a short order.
   */
  title: string;
  description: string;
  /**
   * Semantic version, otherwise 1.0.0. Raise the major when it does something else with the same arguments: playbooks then have to be published again.
   */
  version?: string;
  /**
   * What it can break at worst. Guards, modes and guardrails go by it: nobody but you can know it.
   */
  class: 'read' | 'notify' | 'restore' | 'contain' | 'eradicate';
  /**
   * One sentence for the card; `{name}` is replaced by the target's name.
   */
  effectSentence: string;
  /**
   * Which argument names what it acts on, so that guards, budgets and holds see it.
   */
  target?: {
    argument: FieldName;
    kind: 'host' | 'user' | 'mail' | 'mailbox' | 'rule' | 'file' | 'ip' | 'domain' | 'incident' | 'channel';
  };
  /**
   * Name of the state that it brings about; holds are counted under it and the name of the system.
   */
  effect?: string;
  /**
   * What a playbook fills in: JSON Schema 2020-12 of each. All of them are required unless `optional` names them.
   */
  arguments: {
    [k: string]: Described;
  };
  optional?: FieldName[];
  request: {
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
    path: Path;
    query?: Query;
    headers?: Headers1;
    /**
     * JSON as it is sent. A text `{argument}` is replaced by the argument, whatever it is; one that was not given is left out.
     */
    body?: Json;
  };
  /**
   * Header that carries the same key with every attempt of one effect.
   */
  idempotencyHeader?: string;
  expect?: Statuses;
  /**
   * What of the answer is handed on. All of it is text of strangers.
   */
  outputs?: {
    [k: string]: {
      from: Pointer;
      schema: Described;
      /**
       * Stands in for it in audit mode and in cases.
       */
      example: Json;
      /**
       * Of a read: the answer may lack it.
       */
      optional?: boolean;
    };
  };
  /**
   * `native`: the system takes a repeat without a second effect. `check-then-act`: `check` is asked first. `no`, the default: a repeat is a second effect.
   */
  idempotent?: 'native' | 'check-then-act' | 'no';
  /**
   * A GET that tells whether the effect is there; asked after a lost answer and before it is taken back.
   */
  check?: {
    path: Path;
    query?: Query;
    present?: Statuses1;
    absent?: Statuses2;
    /**
     * What the answer has to say for it to be there, by JSON pointer. `{argument}` stands for the argument.
     */
    where?: {
      [k: string]: Json;
    };
    /**
     * Outputs that this answer tells as well.
     */
    outputs?: {
      [k: string]: Pointer;
    };
  };
  /**
   * Outputs that tell this doing of it from another one, e.g. the id of a rule; `check` tells them too. One that reads differently before it is taken back means that somebody else has done it anew: then nothing is sent.
   *
   * @minItems 1
   */
  marks?: FieldName[];
  /**
   * The endpoint that takes it back. Each of its arguments takes the value of the named argument, or output, of this one.
   */
  undo?: {
    endpoint: string;
    arguments: {
      [k: string]: FieldName;
    };
    outputs?: {
      [k: string]: FieldName;
    };
  };
  /**
   * Why nothing takes it back.
   */
  irreversible?: string;
  /**
   * Where a person looks, and for what, when nobody knows whether it happened.
   */
  byHand?: string;
  timeoutMs?: number;
  docs?: string[];
}
export interface Described {
  description: string;
}
/**
 * By name; `{argument}` or a fixed text. An argument that was not given is left out.
 */
export interface Query {
  [k: string]: string;
}
export interface Headers1 {
  [k: string]: string;
}
