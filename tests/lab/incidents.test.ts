import { describe, expect, test } from 'vitest';
import { rows, useLab } from './lab-client.ts';

const comment = { '@odata.type': 'microsoft.graph.security.alertComment', comment: 'Isolated ws-0117.' };

describe('comments', () => {
  test.each(['incidents/2972402', 'alerts_v2/da638000000000000001_1100000001'])(
    'on %s answer the whole list',
    async (path) => {
      const { graph } = await useLab();
      const before = (await graph('GET', `/security/${path}`)).body.comments;
      const reply = await graph('POST', `/security/${path}/comments`, comment);
      expect(reply.status).toBe(200);
      expect(rows(reply)).toHaveLength((Array.isArray(before) ? before.length : 0) + 1);
      expect(rows(reply).at(-1)).toMatchObject({
        comment: 'Isolated ws-0117.',
        createdByDisplayName: 'riposte',
      });
      expect((await graph('GET', `/security/${path}`)).body.comments).toEqual(reply.body.value);
    },
  );

  test('with the same text twice are a duplicate, with another text they are not', async () => {
    const { graph, lab } = await useLab();
    await graph('POST', '/security/incidents/2972399/comments', comment);
    await graph('POST', '/security/incidents/2972399/comments', { ...comment, comment: 'Released.' });
    expect(lab.estate.effects().totals).toMatchObject({ applied: 2, duplicates: 0 });
    await graph('POST', '/security/incidents/2972399/comments', comment);
    expect(lab.estate.effects().totals).toMatchObject({ applied: 3, duplicates: 1 });
  });

  test.each([
    ['no type', { comment: 'x' }],
    ['another type', { ...comment, '@odata.type': 'microsoft.graph.comment' }],
    ['no text', { '@odata.type': comment['@odata.type'] }],
    ['a blank text', { ...comment, comment: '  ' }],
    ['an unknown property', { ...comment, author: 'me' }],
  ])('with %s are refused', async (_what, body) => {
    const { graph, lab } = await useLab();
    const reply = await graph('POST', '/security/incidents/2972399/comments', body);
    expect([reply.status, reply.code]).toEqual([400, 'invalidRequest']);
    expect(lab.estate.effects().journal).toEqual([]);
  });
});

describe('PATCH of an incident', () => {
  test('takes the documented properties', async () => {
    const { graph, lab } = await useLab();
    const patch = {
      status: 'resolved',
      classification: 'falsePositive',
      determination: 'notMalicious',
      assignedTo: 'soc.analyst@contoso.com',
      customTags: ['Done'],
    };
    const reply = await graph('PATCH', '/security/incidents/2972399', patch);
    expect(reply.status).toBe(200);
    expect(reply.body).toMatchObject({ ...patch, lastModifiedBy: 'riposte' });
    await graph('PATCH', '/security/incidents/2972399', patch);
    expect(lab.estate.effect('updated', 'incident:2972399')).toMatchObject({ applied: 1, repeats: 1 });
  });

  test.each([
    ['an undocumented property', { severity: 'low' }],
    ['a resolving comment', { resolvingComment: 'x' }],
    ['a typing error', { status: 'resolve' }],
    ['another case', { status: 'Resolved' }],
    ['tags that are no list', { customTags: 'x' }],
    ['nothing', {}],
  ])('refuses %s', async (_what, body) => {
    const { graph } = await useLab();
    const reply = await graph('PATCH', '/security/incidents/2972399', body);
    expect([reply.status, reply.code]).toEqual([400, 'invalidRequest']);
  });

  test('of an incident that does not exist is 404', async () => {
    const { graph } = await useLab();
    const reply = await graph('PATCH', '/security/incidents/1', { status: 'resolved' });
    expect([reply.status, reply.code]).toEqual([404, 'itemNotFound']);
  });
});

describe('reading', () => {
  test('an incident shows its alerts only when they are asked for', async () => {
    const { graph } = await useLab();
    expect((await graph('GET', '/security/incidents/2972399')).body.alerts).toBeUndefined();
    const { body } = await graph('GET', '/security/incidents/2972399?$expand=alerts');
    expect(body.alerts).toMatchObject([
      { id: 'da638000000000000001_1100000001' },
      { id: 'aa638000000000000005_1500000005' },
    ]);
    expect((await graph('GET', '/security/incidents/2972399?$expand=comments')).status).toBe(400);
  });

  test('one incident comes in the mixed case that the vendor also sends', async () => {
    const { graph } = await useLab();
    const { body } = await graph('GET', '/security/incidents/2972410');
    expect(body).toMatchObject({ status: 'Active', classification: 'TruePositive' });
    expect(body.comments).toMatchObject([{ createdBy: expect.any(String), createdTime: expect.any(String) }]);
  });

  test('alerts filter, count and page', async () => {
    const { graph, lab } = await useLab();
    const high = await graph(
      'GET',
      `/security/alerts_v2?$filter=${encodeURIComponent("severity eq 'high'")}&$count=true`,
    );
    expect(high.body['@odata.count']).toBe(4);
    const ids: unknown[] = [];
    let next: string | undefined = '/security/alerts_v2?$top=4';
    while (next !== undefined) {
      const page = await graph('GET', next);
      ids.push(...rows(page).map((row) => row.id));
      const link = page.body['@odata.nextLink'];
      next = typeof link === 'string' ? link.slice(`${lab.url}/graph/v1.0`.length) : undefined;
    }
    expect(new Set(ids).size).toBe(6);
    expect((await graph('GET', "/security/alerts_v2?$filter=title eq 'x'")).code).toBe('invalidRequest');
    expect((await graph('GET', '/security/alerts_v2?$orderby=id')).code).toBe('invalidRequest');
  });

  test('a path that is not documented is 404 in the form of Graph', async () => {
    const { graph } = await useLab();
    for (const path of ['/security/alerts', '/security/incidents/2972399/alerts', '/groups', '/me']) {
      const reply = await graph('GET', path);
      expect([path, reply.status, reply.code]).toEqual([path, 404, 'itemNotFound']);
    }
  });
});
