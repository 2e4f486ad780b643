import express, { type Request, type RequestHandler, type Response } from 'express';
import { parseJson } from './parse-json.ts';
import { Problem } from './problem.ts';
import type { BodySpec } from './route.ts';

/** What has to be known of the bytes before anything else looks into them; rejects to refuse them. */
export type Look = (request: Request, response: Response, bytes: Uint8Array) => Promise<void>;

/**
 * Reads exactly what the route declared: one of its media types, no compression, no more bytes than
 * it allows. The body becomes checked JSON, or the text of a YAML file.
 */
export function readBody(spec: BodySpec | undefined, look: Look): RequestHandler {
  const raw = spec && express.raw({ type: () => true, limit: spec.bytesMax, inflate: false });
  return (request, response, next) => {
    if (spec === undefined || raw === undefined) {
      if (hasBody(request)) throw new Problem('request/invalid', 'This address takes no body.');
      return next();
    }
    if (!hasBody(request)) {
      if (spec.required) throw new Problem('request/invalid', 'The body is missing.');
      return next();
    }
    const type = mediaType(request);
    if (type === null || !(spec.types as readonly string[]).includes(type)) {
      throw new Problem('request/unsupported-media-type', `Send ${spec.types.join(' or ')}.`);
    }
    raw(request, response, (error?: unknown) => {
      if (error !== undefined) return next(error);
      const bytes = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      look(request, response, bytes)
        .then(() => {
          request.body = type === 'application/json' ? parseJson(bytes) : decodeText(bytes);
        })
        .then(() => next(), next);
    });
  };
}

function hasBody(request: Request): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/** The type without parameters; null when it names a charset other than UTF-8 or anything odd. */
function mediaType(request: Request): string | null {
  const header = request.headers['content-type'] ?? '';
  const match = /^\s*([a-z]+\/[a-z0-9.+-]+)\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.exec(header);
  return match?.[1]?.toLowerCase() ?? null;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Problem('request/invalid', 'The body is not UTF-8.');
  }
}
