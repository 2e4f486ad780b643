import { resetEvent, type Told } from '../../core/outward/live-event.ts';
import type { LivePoint } from '../../core/outward/live-point.ts';
import type { LiveTopic } from '../../core/outward/live-topics.ts';

/**
 * One who looks on. Holds what was read for them and not taken yet, which is bounded: whoever is full is not read for,
 * so the log itself keeps the rest.
 */
export interface LiveReader {
  readonly caller: string;
  readonly topics: readonly LiveTopic[];
  readonly runs: readonly string[];
  /** Whether they may still look on. */
  readonly still: () => Promise<boolean>;
  point(): LivePoint;
  isFull(): boolean;
  /** What they want of what was read from the log, in its order, up to before `next`. Stops where it is full. */
  tell(told: readonly Told[], next: number): void;
  /** What is in no log; left out where they are full. */
  say(text: (point: LivePoint) => string): void;
  /** They are told that they may have missed something, and go on from here. */
  reset(head: LivePoint): void;
  /** Only where nothing else is on its way. */
  beat(text: (point: LivePoint) => string): void;
  /** What is there is still taken. */
  end(): void;
  /** In pieces, each with what has come since the last one. */
  taken(): AsyncGenerator<string, void>;
}

/** About 130 bytes each: 64 KB for a reader that does not read. */
const eventsMax = 500;

export function createLiveReader(
  asked: Pick<LiveReader, 'caller' | 'topics' | 'still'>,
  from: LivePoint,
  opening: string,
): LiveReader {
  const waiting = [opening];
  let point = from;
  let ended = false;
  let wake = (): void => undefined;
  const put = (text: string): void => {
    if (ended) return;
    waiting.push(text);
    wake();
  };
  return {
    ...asked,
    runs: asked.topics.flatMap((topic) => (topic.kind === 'runs' && topic.run !== null ? [topic.run] : [])),
    point: () => point,
    isFull: () => ended || waiting.length >= eventsMax,
    tell(told, next) {
      for (const { index, text } of told) {
        if (index < point.next) continue;
        if (ended || waiting.length >= eventsMax) return;
        put(text);
        point = { ...point, next: index + 1 };
      }
      point = { ...point, next: Math.max(point.next, next) };
    },
    say(text) {
      if (waiting.length < eventsMax) put(text(point));
    },
    reset(head) {
      point = { incarnation: head.incarnation, next: head.next };
      put(resetEvent(point));
    },
    beat(text) {
      if (waiting.length === 0) put(text(point));
    },
    end() {
      ended = true;
      wake();
    },
    async *taken() {
      for (;;) {
        if (waiting.length > 0) yield waiting.splice(0).join('');
        else if (ended) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
  };
}
