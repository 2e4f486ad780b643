import { afterAll, beforeAll, expect, it } from 'vitest';
import { riposte as command } from '../cli/start-cli.ts';
import { dc01, hostAlert, isolateStep, madePlaybook, until, ws0117 } from '../corridor/questions.ts';
import { headerOf, type MailRelay, openMailRelay, textOf } from '../support/mail-relay.ts';
import { openWholeProcess, type Somebody, type WholeProcess } from '../support/whole-process.ts';

/*
 * T13: one alert carries text for every interpreter on its way: template, query, path, header, chat, page,
 * terminal, spreadsheet, SQL. It is told to people everywhere and means nothing anywhere.
 */

const payload = [
  '=HYPERLINK("https://evil.example/x","open")',
  '${{ inputs.host_id }} {{constructor.constructor("return 1")()}}',
  `'); drop table alerts; -- ' or '1' eq '1`,
  '<script>alert(1)</script><img src=x onerror=alert(2)>" onmouseover="alert(3)',
  '[open](https://evil.example/n/x) www.evil.example',
  '\u001b[2J\u001b]0;owned\u0007 \u202edetrevni\u200b',
].join(' ');
const title = `Paid\r\nBcc: all@evil.example\r\nExpires: never\r\n${payload}`;
const recipient = "x' or sender ne 'y' &$top=9#";
const copies = '11111111-2222-4333-8444-555555555555';

/** What a terminal or the eye of a reader obeys instead of showing it. */
const obeyed = /(?![\t\n\r])[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u;

let relay: MailRelay;
let whole: WholeProcess;
let siem: string;
let bo: Somebody;
let ola: Somebody;
let alertId: string;
let approval: { id: string; digest: string };

beforeAll(async () => {
  relay = await openMailRelay();
  whole = await openWholeProcess({
    connections: [relay.connection()],
    addresses: [`127.0.0.1/32:${relay.port}`],
  });
  ola = await whole.person('ola', ['operator', 'auditor', 'analyst']);
  bo = await whole.person('bo', ['approver', 'analyst'], ['soc']);
  siem = (await whole.service('siem', ['analyst'])).secret;
  const steps = `  - id: search
    action: mail.search-messages
    with: { network_message_id: ${copies}, recipient: "\${{ alert.raw.recipient }}" }
  - id: tell
    action: chat.post-message
    with: { channel: soc, text: "About \${{ alert.title }}" }
${isolateStep.replace('scope: full', 'comment: "${{ alert.title }}"')}    approval:
      approvers: [group:soc]
      why: "\${{ alert.title }}"
      notify: [chat:soc-approvals, "mail:soc@example.test"]
`;
  const text = madePlaybook('hostile', steps)
    .replace('  - id: by_hand\n    type: manual\n    targets: [host]\n', '')
    .replace('      by_hand: ${{ target.id }}\n', '');
  for (const [id, source] of Object.entries({ hostile: text, path: madePlaybook('path', isolateStep) })) {
    const published = await whole.call('PUT', `/v1/playbooks/${id}/versions`, ola.token, source, {
      'content-type': 'application/yaml',
    });
    expect(published.status, JSON.stringify(published.body)).toBe(200);
  }
  const body = { ...hostAlert('hostile', '=cmd|/C calc!A1', ws0117), title, description: title };
  const sent = await whole.call('POST', '/v1/alerts?source=edr', siem, {
    ...body,
    raw: { recipient },
  });
  expect(sent.status, JSON.stringify(sent.body)).toBe(202);
  alertId = sent.body.id;
  await until(async () => {
    const list = await whole.call('GET', '/v1/approvals?status=pending', bo.token);
    approval = list.body.items[0];
    return approval !== undefined;
  });
});
afterAll(async () => {
  await whole.close();
  await relay.close();
});

it('a template and the database keep it as text', async () => {
  const { rows } = await whole.database.app.query('select title from alerts where id = $1', [alertId]);
  expect(rows).toEqual([{ title }]);
  const card = await whole.call('GET', `/v1/approvals/${approval.id}`, bo.token);
  expect(JSON.stringify(card.body)).toContain('${{ inputs.host_id }} {{constructor');
});

it('in a query it is one value, and in a path it goes nowhere else', async () => {
  const search = whole.lab.estate.calls().find(({ url }) => url.includes('analyzedEmails'));
  const asked = new URL(search?.url ?? '', 'http://lab').searchParams;
  expect(asked.get('$filter')).toBe(
    `networkMessageId eq '${copies}' and recipientEmailAddress eq 'x'' or sender ne ''y'' &$top=9#'`,
  );
  expect(asked.getAll('$top')).not.toContain('9');
  for (const id of [`../machines/${dc01}`, `${ws0117}/../${dc01}`, `x/isolate?y=/${dc01}`, `%2e%2e/${dc01}`])
    await whole.call('POST', '/v1/alerts?source=edr', siem, hostAlert('path', `path-${id}`, id));
  await until(
    async () =>
      (
        await whole.database.app.query(
          `select 1 from runs where playbook_id = 'path' and state not in ('queued', 'running')`,
        )
      ).rows.length === 4,
  );
  expect(whole.lab.estate.effect('network-isolated', `host:${dc01}`).orders).toBe(0);
});

it('in mail it is no header, no line of its own and no address; in the chat no markup', async () => {
  await until(async () => relay.taken.length > 0);
  const [mail] = relay.taken;
  expect(relay.taken.map(({ to }) => to)).toEqual([['soc@example.test']]);
  expect(headerOf(mail?.raw ?? '', 'bcc')).toBe('');
  expect(headerOf(mail?.raw ?? '', 'content-type')).toMatch(/^text\/plain/);
  const text = textOf(mail?.raw ?? '');
  expect(text).toContain('Paid');
  expect(text.match(/^Expires:/gm)).toHaveLength(1);
  expect(text.match(/https?:\/\/\S+/g)).toHaveLength(1);
  expect(text).not.toMatch(/evil\.example\//);
  expect(text).not.toMatch(obeyed);
  await until(async () => whole.lab.estate.messages().length >= 2);
  const posts = whole.lab.estate.messages() as { channel: string; text: string }[];
  const told = posts.find(({ channel }) => channel === 'soc-approvals')?.text ?? '';
  expect(told).toContain('\\[open\\]');
  expect(told).not.toMatch(/https:\/\/evil|<script>/);
  expect(told).not.toMatch(obeyed);
  const posted = posts.find(({ channel }) => channel === 'soc')?.text ?? '';
  expect(posted).toContain('inputs.host_id');
  expect(posted).not.toMatch(obeyed);
  expect(posted).not.toContain(ws0117);
});

it('no page of the console takes it for markup, and none is turned around by it', async () => {
  const pages = ['/', '/alerts', `/alerts/${alertId}`, '/actions', `/a/${approval.id}`, '/runs', '/audit'];
  const { rows } = await whole.database.app.query<{ run_id: string }>(
    'select run_id from approvals where id = $1',
    [approval.id],
  );
  pages.push(`/runs/${rows[0]?.run_id}`, '/contained', '/held');
  let shown = 0;
  for (const path of pages) {
    const { status, text, headers } = await whole.page(path, ola.cookie);
    expect(status, path).toBe(200);
    expect(text, path).not.toMatch(/<script>alert|<img|\son(error|mouseover)="|href="[^"]*evil/i);
    expect(text, path).not.toMatch(obeyed);
    expect(text, path).not.toContain('\u200b');
    expect(headers.get('content-security-policy'), path).toContain("default-src 'none'");
    if (text.includes('&lt;script&gt;alert(1)&lt;/script&gt;')) shown += 1;
  }
  expect(shown, 'it is shown, not left away').toBeGreaterThanOrEqual(3);
});

it('in the log it is a value, and neither a terminal nor a spreadsheet obeys it', async () => {
  const yes = { decision: 'approve', comment: payload };
  const seen = { 'if-match': `"${approval.digest}"` };
  const decided = await whole.call('POST', `/v1/approvals/${approval.id}/decisions`, bo.token, yes, seen);
  expect(decided.status, JSON.stringify(decided.body)).toBe(200);
  await until(async () => whole.lab.estate.effect('network-isolated', `host:${ws0117}`).applied === 1);
  const order = whole.lab.estate.calls().find(({ url }) => url.endsWith(`${ws0117}/isolate`));
  expect(Object.keys(JSON.parse(order?.body ?? '{}')).sort()).toEqual(['Comment', 'IsolationType']);
  const verify = () => whole.call('POST', '/v1/audit/verify', ola.token);
  await until(async () => Number((await verify()).body.size) > 5);
  expect((await verify()).body).toMatchObject({ ok: true, problems: [] });

  const env = { RIPOSTE_URL: whole.url, RIPOSTE_TOKEN: ola.token };
  for (const args of [
    ['alerts'],
    ['approvals'],
    ['runs'],
    ['audit', 'entries'],
    ['audit', 'export', '--format', 'csv'],
  ]) {
    const { code, stdout, stderr } = await command(args, env);
    expect(code, `${args.join(' ')} ${stderr}`).toBe(0);
    if (args.includes('csv')) {
      expect(stdout).toContain('drop table');
      expect(stdout).not.toMatch(/(^|,)"[=+@\t-]/m);
      continue;
    }
    expect(stdout + stderr, args.join(' ')).not.toMatch(obeyed);
    expect(stdout, args.join(' ')).not.toMatch(/^(Bcc|Expires): /m);
  }
});
