import { digestText } from './digest-text.ts';
import { timestamp } from './timestamp.ts';
import type { World } from './world.ts';

/** Posts a card. The same text twice in one channel is a duplicate. */
export function postMessage(world: World, channel: string, text: string, card: unknown): void {
  const nowMs = world.clock.nowMs();
  const digest = digestText(text);
  const target = `channel:${channel}#${digest}`;
  world.chat.push({ seq: world.nextSeq(), at: timestamp(nowMs), channel, text, digest, card });
  const again = world.ledger.count('message-posted', target).applied > 0;
  const by = 'webhook';
  world.record({ effect: 'message-posted', target, change: 'applied', by, comment: text }, nowMs);
  if (again)
    world.record({ effect: 'message-posted', target, change: 'duplicate', by, comment: text }, nowMs);
}
