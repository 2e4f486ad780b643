import { describe, expect, test } from 'vitest';
import { documentedLimits } from '../../examples/lab/scenario.ts';
import { call, startTestLab, useLab, ws0117 } from './lab-client.ts';

describe('throttling', () => {
  test('answers 429 with the seconds to wait, per family, and opens again', async () => {
    const { mde, graph, lab } = await useLab({ limits: { mde: { perMinute: 2 } } });
    await mde('GET', '/api/machines');
    lab.estate.advance(10_000);
    await mde('GET', '/api/machines');
    const refused = await mde('POST', `/api/machines/${ws0117}/isolate`, { Comment: 'x' });
    expect([refused.status, refused.code, refused.headers.get('retry-after')]).toEqual([
      429,
      'TooManyRequests',
      '50',
    ]);
    expect(lab.estate.effects().journal).toEqual([]);
    expect((await graph('GET', '/security/incidents')).status).toBe(200);
    lab.estate.advance(50_000);
    expect((await mde('GET', '/api/machines')).status).toBe(200);
    expect(lab.estate.state().throttling).toEqual({ mde: { throttled: 1, cameBackEarly: 0 } });
  });

  test('knows the hourly limit too', async () => {
    const { mde, lab } = await useLab({ limits: { mde: { perMinute: 10, perHour: 3 } } });
    for (let n = 0; n < 3; n += 1) {
      expect((await mde('GET', '/api/machines?$top=1')).status).toBe(200);
      lab.estate.advance(60_000);
    }
    const refused = await mde('GET', '/api/machines?$top=1');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, String(57 * 60)]);
  });

  test('notices a client that does not wait', async () => {
    const { graph, lab } = await useLab({ limits: { 'graph-security': { perMinute: 1 } } });
    for (let n = 0; n < 4; n += 1) await graph('GET', '/security/incidents');
    expect(lab.estate.state().throttling['graph-security']).toEqual({ throttled: 3, cameBackEarly: 2 });
  });

  test('speaks the form of Graph there', async () => {
    const { graph } = await useLab({ limits: { 'graph-directory': { perMinute: 1 } } });
    await graph('GET', '/users/maria.lind@contoso.com');
    const refused = await graph('GET', '/users/maria.lind@contoso.com');
    expect([refused.status, refused.code]).toEqual([429, 'activityLimitReached']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  test('also guards the token endpoint and the webhooks', async () => {
    const lab = await startTestLab({ limits: { chat: { perMinute: 1 } } });
    const post = () => call(`${lab.url}/chat/webhook/soc`, { method: 'POST', body: {} });
    expect([(await post()).status, (await post()).status]).toEqual([400, 429]);
  });

  test('allows a hundred Defender requests a minute where the documented limits hold', async () => {
    const { mde } = await useLab({ limits: documentedLimits });
    const statuses = new Set<number>();
    for (let n = 0; n < 100; n += 1) statuses.add((await mde('GET', '/api/machines?$top=0')).status);
    expect([...statuses]).toEqual([200]);
    expect((await mde('GET', '/api/machines?$top=0')).status).toBe(429);
  });
});
