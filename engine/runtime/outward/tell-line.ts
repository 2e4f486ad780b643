import type { JsonObject } from '../../../schemas/json.ts';
import { type LineKind, lineFrame } from '../../core/outward/line-frame.ts';
import { type StreamParts, sendTimeoutMs } from './stream-parts.ts';

/** So that a line of 20 kB a second is done in time; one entry alone is always less. */
const bytesMax = 256 * 1024;

export interface LineStream {
  kind: LineKind;
  url: string;
  authority: string | null;
}

/** How many of these, from the first on, go over the line together. */
export function fittingFrames(frames: readonly Uint8Array[]): number {
  let bytes = 0;
  const beyond = frames.findIndex((frame, at) => {
    bytes += frame.length;
    return bytes > bytesMax && at > 0;
  });
  return beyond === -1 ? frames.length : beyond;
}

export function framesOf(
  parts: Pick<StreamParts, 'host'>,
  kind: LineKind,
  events: readonly JsonObject[],
): Buffer[] {
  return events.map((event) => lineFrame(kind, event, parts.host));
}

/** @returns null when the receiver has read all of it and closed; otherwise any part of it may have arrived */
export async function writeFrames(
  parts: Pick<StreamParts, 'lines'>,
  stream: LineStream,
  frames: readonly Uint8Array[],
  check: () => void = () => undefined,
): Promise<string | null> {
  return await parts.lines.write({
    address: stream.url,
    authority: stream.authority,
    bytes: Buffer.concat(frames),
    timeoutMs: sendTimeoutMs,
    check,
  });
}
