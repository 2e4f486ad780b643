import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { LabContext } from '../lab-context.ts';
import { timestamp } from '../world/timestamp.ts';
import type { Answer, LabRequest } from './answer.ts';
import { answerRequest } from './answer-request.ts';
import type { FaultDeed } from './fault-rules.ts';
import { familyOf, refuseByApi } from './refuse-by-api.ts';

/** No documented call comes near it, except a remediation of tens of thousands of mails. */
const bodyBytesMax = 8 * 1024 * 1024;

export interface LabListener {
  listen: RequestListener;
  /** Ends requests that a fault delays: they neither apply nor answer. */
  stop(): void;
}

/** Reads, lets the faults strike, answers, and writes down what was called. */
export function serveLab(lab: LabContext): LabListener {
  const waiting = new Set<() => void>();
  let stopped = false;

  function wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      waiting.add(wake);
    });
  }

  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readBody(incoming);
    if (body === null) {
      response.writeHead(413, { connection: 'close' }).end();
      return;
    }
    const { base, request, decodable } = parseRequest(incoming, body);
    if (base === 'lab') {
      send(response, answerRequest(lab, base, request));
      return;
    }
    const deeds = lab.faults.strike(request.method, request.path, body);
    for (const deed of deeds) if (deed.kind === 'delay') await wait(deed.ms);
    if (stopped) return;

    const outcome = decodable
      ? answerWithFaults(lab, base, request, deeds)
      : refuse(lab, base, request, {
          kind: 'bad-request',
          status: 400,
          message: 'The path cannot be decoded.',
        });
    lab.calls.record({
      at: timestamp(lab.world.clock.nowMs()),
      method: request.method,
      url: incoming.url ?? '',
      client: request.client ?? null,
      body: base === 'login' ? null : body,
      status: typeof outcome === 'string' ? null : outcome.status,
      faults: deeds.map((deed) => deed.kind),
    });
    if (outcome === 'drop') incoming.socket.destroy();
    else if (outcome !== 'hang') send(response, outcome);
  }

  return {
    listen(incoming, response) {
      handle(incoming, response).catch((error: unknown) => {
        // a client that went away while sending is no mistake of ours
        if (incoming.socket.destroyed || response.headersSent) return;
        const message = error instanceof Error ? error.message : String(error);
        send(response, { status: 500, body: { error: { code: 'LabDefect', message } } });
      });
    },
    stop() {
      stopped = true;
      for (const wake of waiting) wake();
    },
  };
}

function answerWithFaults(
  lab: LabContext,
  base: string,
  request: LabRequest,
  deeds: FaultDeed[],
): Answer | 'drop' | 'hang' {
  for (const deed of deeds) {
    switch (deed.kind) {
      case 'throttle': {
        const { retryAfterSeconds } = deed;
        const nowMs = lab.world.clock.nowMs();
        lab.throttle.told(familyOf(base, request), '*', retryAfterSeconds ?? 0, nowMs);
        return refuse(lab, base, request, {
          kind: 'throttled',
          status: 429,
          message: 'Too many requests.',
          retryAfterSeconds,
        });
      }
      case 'fail-before':
        return refuse(lab, base, request, serverError(deed.status));
      case 'drop-before':
        return 'drop';
      case 'expire-token':
        request.tokenExpired = true;
        break;
      case 'end-machine-action':
        request.machineActionEnd = deed.as;
        break;
      default:
        break;
    }
  }
  const answer = answerRequest(lab, base, request);
  for (const deed of deeds) {
    if (deed.kind === 'apply-then-drop') return 'drop';
    if (deed.kind === 'apply-then-hang') return 'hang';
    if (deed.kind === 'apply-then-fail') return refuse(lab, base, request, serverError(deed.status));
  }
  return answer;
}

function serverError(status: number) {
  return { kind: 'server-error' as const, status, message: 'The service could not process the request.' };
}

function refuse(
  lab: LabContext,
  base: string,
  request: LabRequest,
  trouble: Parameters<typeof refuseByApi>[2],
): Answer {
  return refuseByApi(base, request, trouble, lab.world.clock.nowMs());
}

function parseRequest(
  incoming: IncomingMessage,
  body: string,
): { base: string; request: LabRequest; decodable: boolean } {
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  const path = mark < 0 ? url : url.slice(0, mark);
  const [, base = '', ...encoded] = path.split('/');
  let segments = encoded;
  let decodable = true;
  try {
    if (path.includes('%')) segments = encoded.map(decodeURIComponent);
  } catch {
    decodable = false;
  }
  const host = incoming.headers.host ?? '';
  const request: LabRequest = {
    method: incoming.method ?? 'GET',
    path,
    segments,
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    headers: incoming.headers,
    body,
    origin: `http://${/^[\w.:[\]-]+$/.test(host) ? host : '127.0.0.1'}`,
    remoteAddress: incoming.socket.remoteAddress ?? '',
  };
  return { base, request, decodable };
}

/** Null when it is too large. */
async function readBody(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyBytesMax) return null;
    chunks.push(chunk);
  }
  return chunks.length === 0 ? '' : Buffer.concat(chunks).toString('utf8');
}

function send(response: ServerResponse, answer: Answer): void {
  const { status, headers, body } = answer;
  if (body === undefined) {
    response.writeHead(status, status === 204 ? headers : { ...headers, 'content-length': 0 }).end();
    return;
  }
  const text = JSON.stringify(body);
  response
    .writeHead(status, {
      ...headers,
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    })
    .end(text);
}
