import { describe, expect, test } from 'vitest';
import { labClient } from '../../examples/lab/scenario.ts';
import { jonasInvoice, mariasInvoice, rows, useLab } from './lab-client.ts';

const mails = '/security/collaboration/analyzedEmails';
const window = 'startTime=2026-11-01T00:00:00Z&endTime=2026-11-30T00:00:00Z';
const asWritten = { seedTimes: 'as-written' as const };
const order = {
  displayName: 'Case 4711',
  description: 'Clean phish',
  severity: 'high',
  action: 'moveToQuarantine',
  remediateSendersCopy: false,
  analyzedEmails: [{ id: mariasInvoice }],
};

describe('the list of analyzed emails', () => {
  test.each([
    '',
    'startTime=2026-11-01T00:00:00Z',
    'endTime=2026-11-30T00:00:00Z',
    'startTime=yesterday&endTime=today',
  ])('refuses a window of "%s"', async (query) => {
    const { graph } = await useLab();
    const reply = await graph('GET', `${mails}?${query}`);
    expect([reply.status, reply.code]).toEqual([400, 'invalidRequest']);
  });

  test.each(['$filter', 'filter'])('finds one copy with %s', async (name) => {
    const { graph } = await useLab(asWritten);
    const filter =
      "networkMessageId eq 'bdac2a9b-0174-5c32-acbf-a93dc5a2cbaf' and recipientEmailAddress eq 'Maria.Lind@contoso.com'";
    const found = rows(await graph('GET', `${mails}?${window}&${name}=${encodeURIComponent(filter)}`));
    expect(found).toMatchObject([
      {
        id: mariasInvoice,
        subject: 'Invoice 2026-11 overdue',
        senderDetail: { fromAddress: 'billing@invoices.example.com' },
        latestDelivery: { location: 'inbox_folder' },
      },
    ]);
  });

  test('finds a campaign by sender and subject over many mailboxes', async () => {
    const { graph } = await useLab(asWritten);
    const filter =
      "senderDetail/fromAddress eq 'billing@invoices.example.com' and subject eq 'Invoice 2026-11 overdue'";
    expect(rows(await graph('GET', `${mails}?${window}&$filter=${encodeURIComponent(filter)}`))).toHaveLength(
      28,
    );
  });

  test('finds nothing outside its window, and that is an empty list', async () => {
    const { graph } = await useLab(asWritten);
    const reply = await graph('GET', `${mails}?startTime=2020-01-01T00:00:00Z&endTime=2020-01-02T00:00:00Z`);
    expect([reply.status, rows(reply)]).toEqual([200, []]);
  });

  test('finds the campaign in the last week of today, unless the seed times stay as written', async () => {
    const { graph, lab } = await useLab();
    const time = (ms: number) => new Date(ms).toISOString();
    const lastWeek = `startTime=${time(lab.estate.nowMs() - 7 * 86_400_000)}&endTime=${time(lab.estate.nowMs())}`;
    const filter = encodeURIComponent("subject eq 'Invoice 2026-11 overdue'");
    expect(rows(await graph('GET', `${mails}?${lastWeek}&$filter=${filter}`))).toHaveLength(28);
  });

  test('reads a quote in a literal', async () => {
    const { graph } = await useLab(asWritten);
    const filter = encodeURIComponent("subject eq 'Quote for O''Brien & Sons'");
    expect(rows(await graph('GET', `${mails}?${window}&$filter=${filter}`))).toHaveLength(1);
  });

  test.each([
    "subject eq 'a' or subject eq 'b'",
    "subject ne 'a'",
    "(subject eq 'a')",
    "id eq 'a'",
    "contains(subject,'a')",
  ])('refuses the filter %s', async (filter) => {
    const { graph } = await useLab();
    expect((await graph('GET', `${mails}?${window}&$filter=${encodeURIComponent(filter)}`)).status).toBe(400);
  });

  test('pages by skip token, on pages of its own size', async () => {
    const { graph, lab } = await useLab({ ...asWritten, mailPageSize: 25 });
    const ids: unknown[] = [];
    let pages = 0;
    for (let next: string | null = `${mails}?${window}&$top=500`; next !== null; pages += 1) {
      const page = await graph('GET', next);
      ids.push(...rows(page).map((row) => row.id));
      const link = page.body['@odata.nextLink'];
      next = typeof link === 'string' ? link.slice(`${lab.url}/graph/v1.0`.length) : null;
    }
    expect([pages, ids.length, new Set(ids).size]).toEqual([3, 59, 59]);
    expect((await graph('GET', `${mails}?${window}&$skiptoken=5`)).status).toBe(400);
  });

  test('reads one by id, and answers 404 for another', async () => {
    const { graph } = await useLab();
    expect((await graph('GET', `${mails}/${mariasInvoice}`)).body).toMatchObject({ id: mariasInvoice });
    const missing = await graph('GET', `${mails}/bdac2a9b-0174-5c32-acbf-a93dc5a2cbaf-1-1`);
    expect([missing.status, missing.code]).toEqual([404, 'itemNotFound']);
  });
});

describe('remediation', () => {
  test('answers 202 with a bulk id, and the mail moves later', async () => {
    const { graph, lab } = await useLab({ mailDelayMs: 1000 });
    const reply = await graph('POST', `${mails}/remediate`, order);
    expect([reply.status, reply.body]).toEqual([202, {}]);
    const location = new URL(reply.headers.get('location') ?? '');
    expect(JSON.parse(location.searchParams.get('filters') ?? '')).toEqual({
      bulkId: [expect.stringMatching(/^[0-9a-f-]{36}$/)],
    });
    const where = async () => (await graph('GET', `${mails}/${mariasInvoice}`)).body.latestDelivery;
    lab.estate.advance(999);
    expect(await where()).toMatchObject({ location: 'inbox_folder' });
    lab.estate.advance(1);
    expect(await where()).toMatchObject({ location: 'quarantine', action: 'blocked' });
    expect(lab.estate.mail(jonasInvoice).place).toBe('inbox');
    expect(lab.estate.effect('quarantined', `mail:${mariasInvoice}`)).toMatchObject({
      orders: 1,
      applied: 1,
    });
  });

  test('takes a quarantine back to the inbox', async () => {
    const { graph, lab } = await useLab();
    await graph('POST', `${mails}/remediate`, order);
    lab.estate.advance(1000);
    await graph('POST', `${mails}/remediate`, { ...order, action: 'moveToInbox' });
    lab.estate.advance(1000);
    expect(lab.estate.mail(mariasInvoice).location).toBe('inbox_folder');
    expect(lab.estate.effect('quarantined', `mail:${mariasInvoice}`)).toMatchObject({
      orders: 1,
      releaseOrders: 1,
      applied: 1,
      released: 1,
    });
  });

  test('asked for again is fine: already in the destination, also while it is on its way there', async () => {
    const { graph, lab } = await useLab();
    await graph('POST', `${mails}/remediate`, order);
    expect((await graph('POST', `${mails}/remediate`, order)).status).toBe(202);
    lab.estate.advance(1000);
    await graph('POST', `${mails}/remediate`, order);
    lab.estate.advance(1000);
    expect(lab.estate.effect('quarantined', `mail:${mariasInvoice}`)).toMatchObject({
      orders: 1,
      applied: 1,
      repeats: 2,
      duplicates: 0,
    });
  });

  test.each([
    ['moveToJunk', 'junkFolder'],
    ['moveToDeletedItems', 'deletedFolder'],
    ['softDelete', 'deletedFolder'],
  ])('%s leaves the mail in %s, from where it can come back', async (action, location) => {
    const { graph, lab } = await useLab();
    await graph('POST', `${mails}/remediate`, { ...order, action });
    lab.estate.advance(1000);
    expect(lab.estate.mail(mariasInvoice).location).toBe(location);
    await graph('POST', `${mails}/remediate`, { ...order, action: 'moveToInbox' });
    lab.estate.advance(1000);
    expect(lab.estate.mail(mariasInvoice).place).toBe('inbox');
  });

  test('cannot bring back what was hard-deleted', async () => {
    const { graph, lab } = await useLab();
    await graph('POST', `${mails}/remediate`, { ...order, action: 'hardDelete' });
    lab.estate.advance(1000);
    await graph('POST', `${mails}/remediate`, { ...order, action: 'moveToInbox' });
    lab.estate.advance(1000);
    expect(lab.estate.mail(mariasInvoice).place).toBe('gone');
  });

  test('does not reach mail outside the tenant or mail that does not exist', async () => {
    const { graph, lab } = await useLab();
    const outside = lab.estate.state().mails.filter((mail) => mail.place === 'unreachable');
    expect(outside).toHaveLength(2);
    const ids = [...outside.map(({ id }) => ({ id })), { id: 'nothing' }];
    expect((await graph('POST', `${mails}/remediate`, { ...order, analyzedEmails: ids })).status).toBe(202);
    lab.estate.advance(1000);
    expect(Object.values(lab.estate.state().remediations[0]?.mails ?? {})).toEqual([
      'failed',
      'failed',
      'failed',
    ]);
    expect(lab.estate.effects().totals).toMatchObject({ applied: 0, failed: 3 });
  });

  test('may fail or stay away without a word, as the scenario says', async () => {
    const { graph, lab } = await useLab({ failingMails: [mariasInvoice] });
    const both = { ...order, analyzedEmails: [{ id: mariasInvoice }, { id: jonasInvoice }] };
    await graph('POST', `${mails}/remediate`, both);
    lab.estate.advance(1000);
    expect([lab.estate.mail(mariasInvoice).place, lab.estate.mail(jonasInvoice).place]).toEqual([
      'inbox',
      'quarantine',
    ]);
    lab.estate.changeScenario({ failingMails: [], mailRemediation: 'stays' });
    await graph('POST', `${mails}/remediate`, order);
    lab.estate.advance(1000);
    expect(lab.estate.mail(mariasInvoice).place).toBe('inbox');
  });

  test.each([
    ['no description', { description: undefined }],
    ['an unknown action', { action: 'quarantine' }],
    ['an unknown severity', { severity: 'critical' }],
    ['the approver that only the beta text shows', { approverUpn: 'soc.analyst@contoso.com' }],
    ['no mails', { analyzedEmails: [] }],
    ['ids as texts', { analyzedEmails: [mariasInvoice] }],
    ['more than an id', { analyzedEmails: [{ id: mariasInvoice, networkMessageId: 'x' }] }],
    ['a text for a boolean', { remediateSendersCopy: 'no' }],
  ])('refuses %s and moves nothing', async (_what, changes) => {
    const { graph, lab } = await useLab();
    const reply = await graph('POST', `${mails}/remediate`, { ...order, ...changes });
    expect([reply.status, reply.code]).toEqual([400, 'invalidRequest']);
    expect(lab.estate.effects().journal).toEqual([]);
  });

  test('needs the writing permission and POST', async () => {
    const clients = [{ ...labClient, graphRoles: ['SecurityAnalyzedMessage.Read.All'] }];
    const { graph } = await useLab({ clients });
    expect((await graph('POST', `${mails}/remediate`, order)).code).toBe('accessDenied');
    expect((await graph('GET', `${mails}/remediate`)).status).toBe(404);
  });
});
