import { describe, expect, it } from 'vitest';
import { readSecrets } from '../../engine/runtime/outward/sign-message.ts';
import { objectionTo } from '../../engine/runtime/outward/verify-message.ts';

/* The vector of the facts, 4.1. */
const secrets = readSecrets('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') ?? [];
const headers = {
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: '1614265330',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const body = Buffer.from('{"test": 2432232314}');

describe('a signed message', () => {
  it('is known by the published example', () => {
    expect(objectionTo(secrets, headers, body)).toBeNull();
  });

  it.each([
    ['another body', {}, Buffer.from('{"test": 2432232315}')],
    ['another id', { id: 'msg_p5jXN8AQM9LWM0D4loKWxJel' }, body],
    ['another time', { timestamp: '1614265331' }, body],
    ['a time that only begins like it', { timestamp: '1614265330x' }, body],
    ['a signature without version', { signature: headers.signature.slice(3) }, body],
    ['a signature of another version', { signature: headers.signature.replace('v1', 'v1a') }, body],
    ['base64 that a lenient reader would take', { signature: headers.signature.replace('=', '') }, body],
    ['no signature', { signature: undefined }, body],
    ['no id', { id: undefined }, body],
    ['no time', { timestamp: undefined }, body],
  ])('is none with %s', (_, change, bytes) => {
    expect(objectionTo(secrets, { ...headers, ...change }, bytes)).not.toBeNull();
  });

  it('cannot have a point in its id, by which a part of the body would become a part of the id', () => {
    const shifted = { ...headers, id: `${headers.id}.${headers.timestamp}`, timestamp: '1' };
    expect(objectionTo(secrets, shifted, body)).toMatch(/webhook-id/);
  });

  it('is none where there is no secret', () => {
    expect(objectionTo([], headers, body)).not.toBeNull();
  });
});
