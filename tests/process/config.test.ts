import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../api/process/config.ts';
import { expectWebhookSecrets } from '../../api/process/expect-secrets.ts';
import { openWebhookSecrets } from '../../api/process/open-webhook-secrets.ts';
import { StartError } from '../../engine/runtime/store/start-error.ts';
import { madeSecrets } from '../support/made-secrets.ts';

const folder = mkdtempSync(join(tmpdir(), 'riposte-config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function complaint(env: Record<string, string>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof StartError && error.code === 'start/bad-config') return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

function connectionsFile(content: unknown): string {
  const path = join(folder, 'connections.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

describe('the configuration', () => {
  it('needs nothing to be set', () => {
    expect(readConfig({})).toEqual({
      databaseUrl: null,
      queue: null,
      retentionDays: null,
      requireCases: null,
      host: '127.0.0.1',
      port: 7878,
      metrics: null,
      dataDir: resolve('.riposte'),
      auditKeyFile: resolve('.riposte/audit-key'),
      auditAnchors: [],
      auditWitness: null,
      allowedAddresses: [],
      auditRetentionDays: null,
      auditOrderKeys: null,
      roles: ['api', 'engine', 'worker', 'sequencer'],
      vault: null,
      webhooks: [],
      connections: [],
      httpSystems: [],
      oidc: null,
      issuers: [],
      publicUrl: null,
      logLevel: 'info',
      leaseMs: 60_000,
      limits: { requests: 6_000, intake: 60_000 },
      lab: { kind: 'on' },
      client: { url: 'http://127.0.0.1:7878', token: null },
      color: true,
      ci: false,
    });
  });

  it('takes what is set', () => {
    const config = readConfig({
      DATABASE_URL: 'postgres://u:p%40ss@db:5432/riposte?sslmode=verify-full',
      RIPOSTE_PORT: '80',
      RIPOSTE_HOST: '::1',
      RIPOSTE_ROLES: 'worker, api',
      RIPOSTE_PUBLIC_URL: 'https://soar.example.org/riposte/',
      RIPOSTE_LEASE_SECONDS: '30',
      RIPOSTE_LIMIT_REQUESTS: '1200',
      RIPOSTE_LIMIT_INTAKE: '200000',
      RIPOSTE_LAB: 'http://127.0.0.1:9',
      NO_COLOR: '1',
      CI: 'true',
    });
    expect(config).toMatchObject({
      databaseUrl: 'postgres://u:p%40ss@db:5432/riposte?sslmode=verify-full',
      port: 80,
      roles: ['api', 'worker'],
      publicUrl: 'https://soar.example.org/riposte',
      leaseMs: 30_000,
      limits: { requests: 1_200, intake: 200_000 },
      lab: { kind: 'at', url: 'http://127.0.0.1:9' },
      client: { url: 'http://[::1]:80' },
      color: false,
      ci: true,
    });
  });

  it('treats an empty variable as one that is not set', () => {
    expect(readConfig({ DATABASE_URL: '', RIPOSTE_PORT: ' ', NO_COLOR: '', CI: 'false' })).toEqual(
      readConfig({}),
    );
  });

  it('cannot be changed afterwards', () => {
    const config = readConfig({ QUEUE_URL: 'redis://h' });
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.queue)).toBe(true);
    expect(Object.isFrozen(config.roles)).toBe(true);
  });

  it('names every mistake at once, and what to write instead', () => {
    const lines = complaint({
      RIPOSTE_PORT: '0x50',
      RIPOSTE_ROLES: 'api,boss',
      RIPOSTE_LOG_LEVEL: 'loud',
      RIPOSTE_LIMIT_REQUESTS: '10',
    }).split('\n');
    expect(lines).toEqual([
      'RIPOSTE_PORT: write a whole number from 1 to 65535',
      'RIPOSTE_ROLES: write one or more of api, engine, worker, sequencer, each once, separated by commas',
      'RIPOSTE_LOG_LEVEL: write one of silent, fatal, error, warn, info, debug, trace',
      'RIPOSTE_LIMIT_REQUESTS: write a whole number from 600 to 100000000, for each caller and minute',
    ]);
  });

  it('knows the variable that a misspelt one was meant to be', () => {
    expect(complaint({ RIPOSTE_PROT: '80' })).toBe(
      'RIPOSTE_PROT: there is no such variable; did you mean RIPOSTE_PORT?',
    );
  });

  it.each([
    ['DATABASE_URL', 'mysql://u:hunter2@db/x'],
    ['QUEUE_URL', 'amqp://u:hunter2@h'],
    ['RIPOSTE_PUBLIC_URL', 'https://u:hunter2@h'],
    ['RIPOSTE_TOKEN', 'hunter2 hunter2'],
  ])('never repeats what was written in %s', (name, value) => {
    const text = complaint({ [name]: value });
    expect(text).toContain(`${name}: write `);
    expect(text).not.toContain('hunter2');
  });
});

describe('where a process is watched', () => {
  it.each([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    ['[::1]:80', { host: '::1', port: 80 }],
    ['metrics.internal:65535', { host: 'metrics.internal', port: 65_535 }],
  ])('is an address with a port: %s', (written, metrics) => {
    expect(readConfig({ RIPOSTE_METRICS: written }).metrics).toEqual(metrics);
  });

  it.each(['9464', '127.0.0.1', '127.0.0.1:0', '127.0.0.1:65536', '::1:80', 'http://h:80', 'h:80/metrics'])(
    'is not %s',
    (written) => {
      expect(complaint({ RIPOSTE_METRICS: written })).toBe(
        'RIPOSTE_METRICS: write address and port, such as 127.0.0.1:9464 or [::1]:9464',
      );
    },
  );
});

describe('addresses that are admitted', () => {
  it('are origins and ranges, also of lines', () => {
    const written = 'https://edr.internal:8443 tls://siem.internal:6514\ttcp://10.0.0.9:514 10.20.0.0/16:443';
    expect(readConfig({ RIPOSTE_ALLOWED_ADDRESSES: written }).allowedAddresses).toEqual(written.split(/\s/));
    expect(readConfig({}).allowedAddresses).toEqual([]);
  });

  it.each(['10.0.0.0/8', 'edr.internal', 'https://edr.internal/path', 'udp://siem.internal:514', 'tls://'])(
    '%s opens nothing and stops the start',
    (written) => {
      expect(complaint({ RIPOSTE_ALLOWED_ADDRESSES: written })).toContain(
        'RIPOSTE_ALLOWED_ADDRESSES: write origins such as',
      );
    },
  );
});

describe('what the audit log has outside', () => {
  // The vector of facts 1.6.
  const key = 'witness.example/w1+aa4a09d1+BOpKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs';

  it('is directories and one witness', () => {
    const config = readConfig({
      RIPOSTE_AUDIT_ANCHOR: 'file:///mnt/a file:///mnt/b',
      RIPOSTE_AUDIT_WITNESS: `${key} https://witness.example`,
    });
    expect(config.auditAnchors).toEqual(['/mnt/a', '/mnt/b']);
    expect(config.auditWitness).toMatchObject({
      key: { name: 'witness.example/w1' },
      url: expect.stringMatching(/^https:\/\/witness\.example\/?$/),
    });
  });

  it.each(['http://127.0.0.1:7890', 'http://[::1]:7890', 'http://localhost:7890'])(
    'takes a witness at %s, on the same machine',
    (url) => {
      expect(readConfig({ RIPOSTE_AUDIT_WITNESS: `${key} ${url}` }).auditWitness).not.toBeNull();
    },
  );

  it.each(['http://witness.example', 'http://127.0.0.1.evil.example', 'http://10.0.0.5:7890'])(
    'refuses a witness at %s: its no is not signed, and anybody on the way could say it',
    (url) => {
      const said = complaint({ RIPOSTE_AUDIT_WITNESS: `${key} ${url}` });
      expect(said).toContain('RIPOSTE_AUDIT_WITNESS: write the key');
    },
  );

  it('keeps the texts of the log for ever, or at least a year', () => {
    expect(readConfig({ RIPOSTE_AUDIT_RETENTION: '400' }).auditRetentionDays).toBe(400);
    for (const days of ['30', '0', '400 days'])
      expect(complaint({ RIPOSTE_AUDIT_RETENTION: days })).toContain('RIPOSTE_AUDIT_RETENTION: write');
  });

  it('names whose passkeys count below orders about the log: two people or more, each key once', () => {
    const [one, two] = [`sha256:${'1'.repeat(64)}`, `sha256:${'2'.repeat(64)}`];
    expect(readConfig({}).auditOrderKeys).toBeNull();
    expect(readConfig({ RIPOSTE_AUDIT_ORDER_KEYS: `per_a=${one}  per_b=${two}` }).auditOrderKeys).toEqual([
      { personId: 'per_a', publicKey: one },
      { personId: 'per_b', publicKey: two },
    ]);
    for (const text of [
      `per_a=${one}`,
      `per_a=${one} per_a=${two}`,
      `per_a=${one} per_b=${one}`,
      `per_a=${one} per_b=${two} nonsense`,
      `per_a=${one},per_b=${two}`,
      `per_a=${one} per_b=sha256:22`,
    ])
      expect(complaint({ RIPOSTE_AUDIT_ORDER_KEYS: text })).toContain('RIPOSTE_AUDIT_ORDER_KEYS: write who');
  });

  it('keeps alerts and runs for ever, or at least a month', () => {
    expect(readConfig({}).retentionDays).toBeNull();
    expect(readConfig({ RIPOSTE_RETENTION: '31' }).retentionDays).toBe(31);
    for (const days of ['30', '0', '-90', '90.5', '90 days', '36501'])
      expect(complaint({ RIPOSTE_RETENTION: days })).toContain(
        'RIPOSTE_RETENTION: write a whole number from 31 to 36500 days, such as 90',
      );
  });

  it('demands nothing of cases, or that they pass, or also how much they cover', () => {
    const read = (text: string) => readConfig({ RIPOSTE_REQUIRE_CASES: text }).requireCases;
    expect(read('')).toBeNull();
    expect(read('passed')).toEqual({ thresholds: [] });
    expect(read('branches=90, approvals=100')).toEqual({
      thresholds: [
        { group: 'branches', percent: 90 },
        { group: 'approvals', percent: 100 },
      ],
    });
    for (const text of [
      'yes',
      'true',
      'branches',
      'branches=101',
      'lines=90',
      'branches=90,',
      'passed,branches=90',
    ])
      expect(complaint({ RIPOSTE_REQUIRE_CASES: text })).toContain(
        'RIPOSTE_REQUIRE_CASES: write `passed`, or shares',
      );
  });
});

describe('the address of the queue', () => {
  it('is read by the queue itself, with all its forms', () => {
    expect(readConfig({ QUEUE_URL: 'redis://h:6379/2' }).queue).toEqual({
      kind: 'single',
      url: 'redis://h:6379/2',
    });
    expect(readConfig({ QUEUE_URL: 'redis+sentinel://a,b:26380/main' }).queue).toMatchObject({
      kind: 'sentinel',
      group: 'main',
    });
  });

  it.each(['http://h', 'redis://', 'redis+sentinel://a:26379'])('may not be %s', (text) => {
    expect(complaint({ QUEUE_URL: text })).toContain(
      'QUEUE_URL: write an address such as redis://host:6379 (',
    );
  });
});

describe('the file of signed webhooks', () => {
  const good = { playbook: 'scanner', trigger: 'heard', secrets: ['env:SCANNER', 'file:/run/secrets/old'] };
  const fileOf = (...webhooks: unknown[]) => ({ RIPOSTE_WEBHOOKS: connectionsFile({ webhooks }) });

  it('names triggers and where their secrets are', () => {
    expect(readConfig(fileOf(good)).webhooks).toEqual([
      {
        playbook: 'scanner',
        trigger: 'heard',
        secrets: [
          { kind: 'env', name: 'SCANNER' },
          { kind: 'file', path: '/run/secrets/old' },
        ],
      },
    ]);
  });

  it.each([
    ['a secret written out', { secrets: ['whsec_hunter2'] }, '"secrets"'],
    ['no secret', { secrets: [] }, '"secrets"'],
    ['three of them', { secrets: ['env:A', 'env:B', 'env:C'] }, '"secrets"'],
    ['no trigger', { trigger: '' }, '"trigger"'],
    ['no playbook', { playbook: 7 }, '"playbook"'],
    ['a playbook that cannot be', { playbook: 'Scanner' }, '"playbook"'],
    ['a field that does not exist', { secret: 'whsec_hunter2' }, 'not "secret"'],
  ])('is refused with %s, without repeating it', (_, change, expected) => {
    const text = complaint(fileOf({ ...good, ...change }));
    expect(text).toContain('webhook 1');
    expect(text).toContain(expected);
    expect(text).not.toContain('hunter2');
  });

  it('starts nothing when two triggers have one secret', async () => {
    const { webhooks } = readConfig(fileOf(good, { ...good, trigger: 'seen' }));
    const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    const each = webhooks.map((webhook) => ({ ...webhook, secrets: webhook.secrets.slice(0, 1) }));
    const said = await expectWebhookSecrets(openWebhookSecrets(each, madeSecrets({ SCANNER: secret }))).catch(
      String,
    );
    expect(said).toMatch(/scanner\/seen: it has a secret that scanner\/heard has as well/);
    expect(said).not.toContain(secret);
  });

  it('is what the page about doors shows', async () => {
    const page = await readFile(new URL('../../api/README.md', import.meta.url), 'utf8');
    const shown = /```json\n(\{\s*"webhooks"[\s\S]*?)```/.exec(page)?.[1] ?? '';
    expect(readConfig({ RIPOSTE_WEBHOOKS: connectionsFile(shown) }).webhooks).toHaveLength(1);
  });

  it('is refused with the same trigger twice, when it is absent or no JSON', () => {
    expect(complaint(fileOf(good, good))).toContain('webhook 2');
    expect(complaint({ RIPOSTE_WEBHOOKS: join(folder, 'none.json') })).toContain('cannot be read');
    expect(complaint({ RIPOSTE_WEBHOOKS: connectionsFile('{') })).toContain('is not JSON');
  });

  it.each([
    ['is not set', undefined],
    ['is no secret', 'hunter2'],
    ['is too short', `whsec_${Buffer.alloc(23).toString('base64')}`],
  ])('starts nothing when a variable that it names %s', async (_, value) => {
    const { webhooks } = readConfig(fileOf({ ...good, secrets: ['env:SCANNER'] }));
    const store = madeSecrets(value === undefined ? {} : { SCANNER: value });
    const said = await expectWebhookSecrets(openWebhookSecrets(webhooks, store)).catch(String);
    expect(said).toMatch(/SCANNER, named for scanner\/heard/);
    expect(said).not.toContain('hunter2');
  });
});

describe('the file of connections', () => {
  const good = {
    id: 'emea',
    system: 'edr',
    settings: { baseUrl: 'https://api.example.org' },
    secrets: { clientSecret: 'env:EDR_SECRET', certificate: 'file:/run/secrets/edr.pem' },
  };

  it('names secrets by where they are', () => {
    const path = connectionsFile({ connections: [good] });
    expect(readConfig({ RIPOSTE_CONNECTIONS: path }).connections).toEqual([
      {
        id: 'emea',
        system: 'edr',
        settings: { baseUrl: 'https://api.example.org' },
        secrets: {
          clientSecret: { kind: 'env', name: 'EDR_SECRET' },
          certificate: { kind: 'file', path: '/run/secrets/edr.pem' },
        },
      },
    ]);
  });

  it.each([
    ['a secret written out', { secrets: { clientSecret: 'hunter2' } }, '"secrets"."clientSecret"'],
    [
      'a secret at a relative path',
      { secrets: { clientSecret: 'file:hunter2' } },
      '"secrets"."clientSecret"',
    ],
    ['a setting that is no text', { settings: { pollMs: 5 } }, '"settings"."pollMs"'],
    ['a field that does not exist', { secret: 'hunter2' }, 'not "secret"'],
    ['an id with a blank', { id: 'e mea' }, '"id"'],
  ])('is refused with %s, without repeating it', (_, change, expected) => {
    const path = connectionsFile({ connections: [{ ...good, ...change }] });
    const text = complaint({ RIPOSTE_CONNECTIONS: path });
    expect(text).toContain('connection 1');
    expect(text).toContain(expected);
    expect(text).not.toContain('hunter2');
  });

  it('is refused with the same connection twice', () => {
    expect(complaint({ RIPOSTE_CONNECTIONS: connectionsFile({ connections: [good, good] }) })).toContain(
      'connection 2',
    );
  });

  it('is refused when it is absent or no JSON', () => {
    expect(complaint({ RIPOSTE_CONNECTIONS: join(folder, 'none.json') })).toContain('cannot be read');
    expect(complaint({ RIPOSTE_CONNECTIONS: connectionsFile('{') })).toContain('is not JSON');
  });
});
