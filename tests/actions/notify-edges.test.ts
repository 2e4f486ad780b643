import { afterEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../../schemas/json.ts';
import { type Desk, openDesk } from './support/open-desk.ts';
import { check, perform } from './support/perform.ts';
import type { Reply, Seen } from './support/start-vendor.ts';

const desks: Desk[] = [];
afterEach(async () => {
  for (const desk of desks.splice(0)) await desk.close();
});

async function desk(answer: (request: Seen) => Reply | undefined) {
  const opened = await openDesk(answer);
  desks.push(opened);
  return opened;
}

describe('a chat message', () => {
  const taken: Reply = { status: 202 };

  test('goes to the channel as one path segment, as a card whose text means nothing', async () => {
    const opened = await desk(() => taken);
    const outcome = await perform(opened.action('chat.post-message'), opened.context(), {
      channel: 'soc urgent',
      text: '[click](https://evil.example)',
    });
    expect(outcome).toMatchObject({ kind: 'succeeded', changed: true });
    expect(opened.vendor.seen.map((one) => one.path)).toEqual(['/chat/webhook/soc%20urgent']);
    expect(opened.vendor.seen[0]?.headers.authorization).toBeUndefined();
    expect(JSON.parse(opened.vendor.seen[0]?.body ?? '')).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: {
            type: 'AdaptiveCard',
            body: [{ type: 'TextBlock', text: '\\[click\\]\\(https://evil.example\\)' }],
          },
        },
      ],
    });
  });

  test.each(['../login', '..', 'a/b', 'a?b', 'soc#x', ' soc'])(
    'is refused for the channel "%s", and nothing is sent',
    async (channel) => {
      const opened = await desk(() => taken);
      const outcome = await perform(opened.action('chat.post-message'), opened.context(), {
        channel,
        text: 'x',
      });
      expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'invalid-request' } });
      expect(opened.vendor.seen).toEqual([]);
    },
  );

  test('takes its address from a secret when there is no common base, one secret a destination', async () => {
    const opened = await desk(() => taken);
    const context = opened.context();
    delete context.connection.settings.webhookBase;
    const asked: string[] = [];
    context.connection.secret = async (name) => {
      asked.push(name);
      return `${opened.vendor.url}/workflows/s3cr3t?sig=s3cr3t`;
    };
    const action = opened.action('chat.post-message');
    expect((await perform(action, context, { channel: 'soc', text: 'x' })).kind).toBe('succeeded');
    expect((await perform(action, context, { user: 'Ann@contoso.com', text: 'x' })).kind).toBe('succeeded');
    expect(asked).toEqual(['webhook:soc', 'webhook:user:ann@contoso.com']);
    expect(opened.vendor.seen[0]?.path).toBe('/workflows/s3cr3t?sig=s3cr3t');
  });

  test.each<[string, Reply, object]>([
    ['dropped', 'drop', { kind: 'unknown' }],
    ['answered with 500', { status: 500 }, { kind: 'unknown' }],
    ['answered with 503', { status: 503 }, { kind: 'unknown' }],
    [
      'answered with 302',
      { status: 302, headers: { location: 'https://evil.example' } },
      { kind: 'unknown' },
    ],
    [
      'throttled',
      { status: 429, headers: { 'retry-after': '9' } },
      { kind: 'failed', failure: { code: 'throttled', retryAfterMs: 9000 } },
    ],
    ['refused', { status: 404 }, { kind: 'failed', failure: { code: 'not-found', kind: 'terminal' } }],
  ])('that is %s is posted once and never gives its address away', async (_what, reply, expected) => {
    const opened = await desk(() => reply);
    const context = opened.context();
    delete context.connection.settings.webhookBase;
    context.connection.secret = async () => `${opened.vendor.url}/workflows/s3cr3t?sig=s3cr3t`;
    const outcome = await perform(opened.action('chat.post-message'), context, { channel: 'soc', text: 'x' });
    expect(outcome).toMatchObject(expected);
    expect(opened.vendor.seen).toHaveLength(1);
  });

  test('for a destination without an address is misconfigured, without the words of the vault', async () => {
    const opened = await desk(() => taken);
    const context = opened.context();
    delete context.connection.settings.webhookBase;
    const outcome = await perform(opened.action('chat.post-message'), context, { channel: 'soc', text: 'x' });
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'misconfigured' } });
    expect(JSON.stringify(outcome)).not.toContain('hidden-place');
  });
});

describe('a comment on an incident', () => {
  const input = { incident_id: '4711', text: 'Quarantined 7 mails.\r\nSee run.' };

  /** An incident that keeps its comments. */
  function incident(
    comments: JsonObject[],
    onPost: (added: JsonObject) => Reply | undefined = () => undefined,
  ) {
    return (request: Seen): Reply | undefined => {
      if (request.method === 'GET') return { status: 200, json: { id: '4711', comments } };
      const added = JSON.parse(request.body) as JsonObject;
      const answered = onPost(added);
      if (answered !== undefined) return answered;
      comments.push({ comment: added.comment ?? null, createdByDisplayName: 'app' });
      return { status: 200, json: { value: comments } };
    };
  }

  test('ends with our mark, by which a repeat is recognised', async () => {
    const comments: JsonObject[] = [];
    const opened = await desk(incident(comments));
    const action = opened.action('incident.add-comment');
    const context = opened.context({ actionKey: 'key1' });
    expect(await check(action, context, input)).toMatchObject({ kind: 'absent' });
    expect(await perform(action, context, input)).toMatchObject({ kind: 'succeeded', changed: true });
    expect(comments.map((one) => one.comment)).toEqual(['Quarantined 7 mails.\nSee run.\n[riposte key1]']);
    expect(await perform(action, context, input)).toMatchObject({ kind: 'succeeded', changed: false });
    expect(await check(action, context, input)).toMatchObject({ kind: 'present' });
    expect(comments).toHaveLength(1);
    await perform(action, opened.context({ actionKey: 'key2' }), input);
    expect(comments).toHaveLength(2);
  });

  test.each<[string, Reply]>([
    ['lost', 'drop'],
    ['behind a 500', { status: 500 }],
    ['not shown in the answer', { status: 200, json: { value: [] } }],
    ['answered without a list', { status: 200, json: {} }],
  ])('that is %s is unknown, and check tells', async (_what, reply) => {
    const comments: JsonObject[] = [];
    const opened = await desk(
      incident(comments, (added) => {
        comments.push(added);
        return reply;
      }),
    );
    const action = opened.action('incident.add-comment');
    expect((await perform(action, opened.context(), input)).kind).toBe('unknown');
    expect((await check(action, opened.context(), input)).kind).toBe('present');
    expect(comments).toHaveLength(1);
  });

  test('is refused for the incident of another source, which Defender may have a number of as well', async () => {
    const comments: JsonObject[] = [];
    const opened = await desk(incident(comments));
    const action = opened.action('incident.add-comment');
    const other = { ...input, source: 'siem' };
    const given = (incidentSources: string) =>
      opened.context({ settings: { ...opened.context().connection.settings, incidentSources } });
    const refused = await perform(action, given('microsoft-graph'), other);
    expect(refused).toMatchObject({ kind: 'failed', failure: { code: 'invalid-request', kind: 'terminal' } });
    expect(JSON.stringify(refused)).toContain('incidentSources');
    expect((await check(action, given('microsoft-graph'), other)).kind).toBe('unknown');
    expect(comments).toEqual([]);
    expect(await perform(action, given('xdr, siem'), other)).toMatchObject({ kind: 'succeeded' });
    const graph = { ...input, source: 'microsoft-graph' };
    expect(await perform(action, given('xdr, siem'), graph)).toMatchObject({ kind: 'failed' });
    for (const source of ['microsoft-graph', 'siem', 'api'])
      expect(await perform(action, opened.context(), { ...input, source })).toMatchObject({
        kind: 'succeeded',
      });
  });

  test.each(['inc_0123', '', '47 11', '../users', '4711/comments'])(
    'is refused for the incident "%s"',
    async (incidentId) => {
      const opened = await desk(() => undefined);
      const outcome = await opened
        .action('incident.add-comment')
        .perform(opened.context(), { ...input, incident_id: incidentId });
      expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'invalid-request' } });
      expect(opened.vendor.seen).toEqual([]);
    },
  );

  test('is not written to an incident whose comments cannot be read', async () => {
    const opened = await desk(() => ({ status: 200, json: { id: '4711' } }));
    const outcome = await perform(opened.action('incident.add-comment'), opened.context(), input);
    expect(outcome).toMatchObject({ kind: 'failed', failure: { code: 'invalid-response' } });
    expect(opened.vendor.calls()).toEqual(['GET /graph/v1.0/security/incidents/4711']);
  });
});
