import type { MachineActionEnd } from '../world/records.ts';

/** A request with its body read and its path split; nothing in it has been believed yet. */
export interface LabRequest {
  method: string;
  /** As sent, without the query. */
  path: string;
  /** Decoded, without the base of the API: `['machines', '{id}', 'isolate']`. */
  segments: string[];
  query: URLSearchParams;
  headers: { [name: string]: string | string[] | undefined };
  body: string;
  /** Address under which the client reached the lab, for next links: `http://127.0.0.1:7910`. */
  origin: string;
  remoteAddress: string;
  /** A fault that decides how a machine action created by this request ends. */
  machineActionEnd?: MachineActionEnd;
  /** A fault that makes the token of this request count as expired. */
  tokenExpired?: boolean;
  /** Filled in once the token is known, for the call log. */
  client?: string;
}

export interface Answer {
  status: number;
  headers?: { [name: string]: string };
  /** Sent as JSON; absent for an empty body. */
  body?: unknown;
}

/** Thrown by a handler; the API that it belongs to gives it its documented error form. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly headers: { [name: string]: string };

  constructor(status: number, code: string, message: string, headers: { [name: string]: string } = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}
