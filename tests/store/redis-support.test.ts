import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { useRedis } from '../support/redis.ts';

const redis = await useRedis();

function command(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(redis.port, '127.0.0.1', () => socket.end(`${text}\r\nQUIT\r\n`));
    let answer = '';
    socket.on('data', (data) => {
      answer += String(data);
    });
    socket.once('close', () => resolve(answer));
    socket.once('error', reject);
  });
}

describe.skipIf(redis.missing !== null)('the Redis of the tests', () => {
  it('is set up as the queue demands: nothing evicted, everything appended', async () => {
    expect(await command('CONFIG GET maxmemory-policy')).toContain('noeviction');
    expect(await command('CONFIG GET appendonly')).toContain('yes');
  });
});
