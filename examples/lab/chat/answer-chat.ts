import { type Answer, type LabRequest, Refusal } from '../http/answer.ts';
import { BodyRefusal } from '../http/read-strict-body.ts';
import type { LabContext } from '../lab-context.ts';
import { postMessage } from '../world/post-message.ts';
import type { World } from '../world/world.ts';
import { readCard } from './read-card.ts';

/** Documented for messages into Teams: 28 KB. */
const messageBytesMax = 28 * 1024;

/**
 * `POST /chat/webhook/{channel-key}`: a Workflows webhook. The key is a channel of the seed, or
 * `user:{user principal name}` for a person. Whoever knows the address may post: there is no token.
 */
export function answerChat(lab: LabContext, request: LabRequest): Answer {
  try {
    return post(lab, request);
  } catch (error) {
    if (error instanceof Refusal) return refuseChat(error);
    if (error instanceof BodyRefusal) {
      return refuseChat(new Refusal(400, 'TriggerInputSchemaMismatch', error.message));
    }
    throw error;
  }
}

/** Workflows documents no error body for callers; this is the one of the service behind it. */
export function refuseChat({ status, code, message, headers }: Refusal): Answer {
  return { status, headers, body: { error: { code, message } } };
}

function post(lab: LabContext, request: LabRequest): Answer {
  const { world } = lab;
  const [webhook, channel, ...rest] = request.segments;
  if (webhook !== 'webhook' || channel === undefined || rest.length > 0 || !exists(world, channel)) {
    throw new Refusal(404, 'WorkflowNotFound', 'No workflow listens here.');
  }
  if (request.method !== 'POST') throw new Refusal(405, 'MethodNotAllowed', 'A webhook takes POST.');
  const nowMs = world.clock.nowMs();
  const waitSeconds = lab.throttle.check('chat', channel, world.scenario.limits.chat, nowMs);
  if (waitSeconds !== null) {
    throw new Refusal(429, 'TooManyRequests', 'Too many messages.', { 'retry-after': String(waitSeconds) });
  }
  const type = request.headers['content-type'];
  if (typeof type !== 'string' || !/^application\/json *(;|$)/i.test(type)) {
    throw new BodyRefusal('malformed', 'The content type must be application/json.');
  }
  if (Buffer.byteLength(request.body) > messageBytesMax) {
    throw new Refusal(413, 'RequestEntityTooLarge', `A message has at most ${messageBytesMax} bytes.`);
  }
  const { card, text } = readCard(request.body);
  postMessage(world, channel, text, card);
  return { status: 202 };
}

function exists(world: World, channel: string): boolean {
  if (world.channels.has(channel)) return true;
  return channel.startsWith('user:') && world.userIdByName.has(channel.slice('user:'.length).toLowerCase());
}
