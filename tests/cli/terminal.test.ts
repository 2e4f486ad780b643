import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { seedWaitingRun } from '../api/seed.ts';
import { startApi } from '../api/start-api.ts';

const api = await startApi();
const { token } = await api.person('kim', ['approver'], ['soc-tier2']);
const viewer = (await api.person('vic', ['viewer'])).token;
const operator = (await api.person('ola', ['operator'])).token;
const contain = await seedWaitingRun(api.db.owner);
const eradicate = await seedWaitingRun(api.db.owner, { cardClass: 'eradicate' });

beforeEach(() => api.useCases.calls.splice(0));

const decided = () => api.useCases.calls.filter((call) => call.name === 'decideApproval').length;

/** `script` gives the command a real terminal; it is part of every Debian and Ubuntu. */
function typed(args: string[], answer: string, as = token): Promise<{ code: number | null; screen: string }> {
  const root = join(import.meta.dirname, '../..');
  const command = `${root}/node_modules/.bin/node ${root}/api/cli/riposte.ts ${args.join(' ')}`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: {
      PATH: process.env.PATH ?? '',
      TERM: 'dumb',
      NO_COLOR: '1',
      RIPOSTE_URL: api.url,
      RIPOSTE_TOKEN: as,
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let screen = '';
  let answered = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    if (!answered && /Type yes: /.test(screen)) {
      answered = true;
      child.stdin.write(`${answer}\n`);
    }
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, screen }));
  });
}

describe.skipIf(!existsSync('/usr/bin/script'))('at a terminal', () => {
  test('yes approves what the card showed', async () => {
    const { code, screen } = await typed(['approve', contain.approvalId], 'yes');
    expect(code).toBe(0);
    expect(screen.indexOf('Isolate server DB-1?')).toBeLessThan(screen.indexOf('Approve this?'));
    expect(decided()).toBe(1);
  });

  test('the card says whom the question did not reach, in plain text', async () => {
    const seeded = await seedWaitingRun(api.db.owner);
    await api.db.owner.query(
      `insert into notices (tenant_id, approval_id, occasion, destination, state, last_error, attempts, settled_at)
       values ('default', $1, 'asked', 'mail:gone@example.test', 'failed', $2, 1, clock_timestamp()),
         ('default', $1, 'asked', 'chat:soc-approvals', 'told', null, 1, clock_timestamp())`,
      [seeded.approvalId, 'no such mailbox \u001b[31m'],
    );
    const { screen } = await typed(['approve', seeded.approvalId], 'no');
    expect(screen).toMatch(/NOT TOLD +mail:gone@example\.test: no such mailbox/);
    expect(screen).not.toContain('\u001b[31m');
    expect(screen).not.toContain('chat:soc-approvals');
  });

  test('anything else is no decision', async () => {
    const { code, screen } = await typed(['approve', contain.approvalId], 'y');
    expect(code).toBe(1);
    expect(screen).toContain('Nothing was decided.');
    expect(decided()).toBe(0);
  });

  test('a run starts after a typed yes, and after nothing else', async () => {
    const started = () => api.useCases.calls.filter((call) => call.name === 'startRun');
    const args = ['run', 'isolate-host', '--target', 'host:H17', '--mode', 'ask'];
    const no = await typed(args, 'y', operator);
    expect(no).toMatchObject({ code: 1 });
    expect(no.screen).toContain('Start isolate-host for host H17, mode ask? Type yes: ');
    expect(started()).toEqual([]);
    expect(await typed(args, 'yes', operator)).toMatchObject({ code: 0 });
    expect(started()).toMatchObject([
      { input: { playbookId: 'isolate-host', target: { id: 'H17' }, mode: 'ask' } },
    ]);
  });

  test('eradicating takes a session that was signed in just now, which no token is; a no takes none', async () => {
    const { code, screen } = await typed(['approve', eradicate.approvalId], 'yes');
    expect(code).toBe(1);
    expect(screen).toContain('a session signed in within the last five minutes');
    expect(screen).not.toContain('Type yes');
    expect(decided()).toBe(0);
    expect((await typed(['deny', eradicate.approvalId], 'yes')).code).toBe(0);
    expect(decided()).toBe(1);
  });

  test('who may not decide is told so instead of being asked', async () => {
    const { code, screen } = await typed(['deny', contain.approvalId], 'yes', viewer);
    expect(code).not.toBe(0);
    expect(screen).not.toContain('Type yes');
    expect(decided()).toBe(0);
  });
});
