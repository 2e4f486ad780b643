import { describe, expect, test } from 'vitest';
import { readRedisTarget } from '../../../engine/runtime/queue/redis-target.ts';

describe('the address of the queues', () => {
  test.each(['redis://127.0.0.1:6379', 'rediss://user:pass@redis.example:6380/2'])(
    '%s is one server',
    (url) => {
      expect(readRedisTarget(url)).toEqual({ kind: 'single', url });
    },
  );

  test('a Sentinel address names sentinels, master group and database', () => {
    expect(readRedisTarget('rediss+sentinel://app:p%40ss@s1:26380,s2,[::1]:26381/main/3')).toEqual({
      kind: 'sentinel',
      sentinels: [
        { host: 's1', port: 26_380 },
        { host: 's2', port: 26_379 },
        { host: '::1', port: 26_381 },
      ],
      group: 'main',
      login: { username: 'app', password: 'p@ss' },
      database: 3,
      tls: true,
    });
  });

  test('a Cluster address names some of its nodes', () => {
    expect(readRedisTarget('redis+cluster://:secret@n1:7000,n2:7001')).toEqual({
      kind: 'cluster',
      nodes: [
        { host: 'n1', port: 7_000 },
        { host: 'n2', port: 7_001 },
      ],
      login: { password: 'secret' },
      tls: false,
    });
  });

  test.each([
    'http://127.0.0.1',
    'redis://:s3cret@a:1,b:2',
    'redis+sentinel://:s3cret@a:1',
    'redis+sentinel://:s3cret@a:1/main/x',
    'redis+cluster://:s3cret@a:1/2',
    'redis+cluster://:s3cret@a:99999',
    '',
  ])('"%s" is refused without repeating a password', (url) => {
    expect(() => readRedisTarget(url)).toThrow(TypeError);
    expect(() => readRedisTarget(url)).not.toThrow('s3cret');
  });
});
