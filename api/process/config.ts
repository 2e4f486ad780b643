import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HttpSystem } from '../../actions/http/http-system.ts';
import type { OrderSigner } from '../../engine/core/audit/signed-order.ts';
import { keyTypes, parseVerifierKey, type VerifierKey } from '../../engine/core/audit/verifier-key.ts';
import { type CaseRequirement, parseRequirement } from '../../engine/core/cases/case-requirement.ts';
import { nearestName } from '../../engine/core/diagnostics/nearest-name.ts';
import { daysMax, daysMin } from '../../engine/core/retention/keep-reasons.ts';
import { createAddressRules } from '../../engine/runtime/http/address-rules.ts';
import { type RedisTarget, readRedisTarget } from '../../engine/runtime/queue/redis-target.ts';
import type { VaultSettings } from '../../engine/runtime/secrets/ask-vault.ts';
import { StartError } from '../../engine/runtime/store/start-error.ts';
import { defaultLimits, type Limits } from '../http/limits.ts';
import { isPrivateWay } from './is-private-way.ts';
import type { ConnectionConfig } from './read-connections.ts';
import { type Installed, readInstalled } from './read-installed.ts';
import { type IssuerConfig, readIssuers } from './read-issuers.ts';
import { type OidcConfig, readOidc } from './read-oidc.ts';
import { parseOrderKeys } from './read-order-keys.ts';
import { readVault } from './read-vault.ts';
import { readWebhooks, type WebhookConfig } from './read-webhooks.ts';

/*
 * Every environment variable, read and judged here and nowhere else.
 * All mistakes are reported at once; a message names the variable and says what to write, never the value.
 */

export type Role = 'api' | 'engine' | 'worker' | 'sequencer';
export type LogLevel = 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

export interface Config {
  /** Null: the embedded PostgreSQL. */
  readonly databaseUrl: string | null;
  /** Null: the queues live in PostgreSQL. */
  readonly queue: RedisTarget | null;
  readonly host: string;
  readonly port: number;
  /** Where whoever watches this process asks it; null: nowhere. */
  readonly metrics: { readonly host: string; readonly port: number } | null;
  /** Absolute path of the folder for everything this installation keeps on disk. */
  readonly dataDir: string;
  /** Absolute path of the file with the seed that signs the audit log's checkpoints. */
  readonly auditKeyFile: string;
  /** Absolute paths of directories on write-once storage that get every checkpoint. */
  readonly auditAnchors: readonly string[];
  /** Days after which two people may order that texts of entries go; null: they stay. */
  readonly auditRetentionDays: number | null;
  /** Whose passkeys count below an order about the log; null: nobody has to be named. */
  readonly auditOrderKeys: readonly OrderSigner[] | null;
  /** Days after which alerts, runs and signals that are over go; null: they stay. */
  readonly retentionDays: number | null;
  /** A C2SP witness that cosigns every checkpoint. */
  readonly auditWitness: { readonly key: VerifierKey; readonly url: string } | null;
  /** Private or unusual addresses that may be contacted all the same. */
  readonly allowedAddresses: readonly string[];
  readonly roles: readonly Role[];
  readonly connections: readonly ConnectionConfig[];
  /** Systems of the operator's own, whose connections name a file of endpoints. */
  readonly httpSystems: readonly HttpSystem[];
  /** Webhook triggers that take signed messages only. */
  readonly webhooks: readonly WebhookConfig[];
  /** Where secrets of the form "vault:…" are; null: nowhere. */
  readonly vault: VaultSettings | null;
  /** The identity provider that people may sign in through; null: by links only. */
  readonly oidc: OidcConfig | null;
  /** Whose tokens programs may come in with. */
  readonly issuers: readonly IssuerConfig[];
  /** How people reach the console from outside, without a slash at its end; null: host and port. */
  readonly publicUrl: string | null;
  readonly logLevel: LogLevel;
  readonly leaseMs: number;
  /** What cases have to show before a playbook that acts without asking is published; null: nothing. */
  readonly requireCases: CaseRequirement | null;
  /** How much one caller may ask of this process within a minute. */
  readonly limits: Limits;
  /** The stand-in for the outside world: our own, one that runs elsewhere, or none. */
  readonly lab:
    | { readonly kind: 'on' }
    | { readonly kind: 'off' }
    | { readonly kind: 'at'; readonly url: string };
  /** What the command line talks to. */
  readonly client: { readonly url: string; readonly token: string | null };
  readonly color: boolean;
  readonly ci: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const roles = ['api', 'engine', 'worker', 'sequencer'] as const;
const logLevels = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;

const known = [
  'RIPOSTE_PORT',
  'RIPOSTE_METRICS',
  'RIPOSTE_HOST',
  'RIPOSTE_DATA',
  'RIPOSTE_AUDIT_KEY_FILE',
  'RIPOSTE_AUDIT_ANCHOR',
  'RIPOSTE_AUDIT_WITNESS',
  'RIPOSTE_ALLOWED_ADDRESSES',
  'RIPOSTE_AUDIT_RETENTION',
  'RIPOSTE_AUDIT_ORDER_KEYS',
  'RIPOSTE_RETENTION',
  'RIPOSTE_REQUIRE_CASES',
  'RIPOSTE_ROLES',
  'RIPOSTE_CONNECTIONS',
  'RIPOSTE_WEBHOOKS',
  'RIPOSTE_VAULT',
  'RIPOSTE_OIDC',
  'RIPOSTE_ISSUERS',
  'RIPOSTE_PUBLIC_URL',
  'RIPOSTE_LOG_LEVEL',
  'RIPOSTE_LEASE_SECONDS',
  'RIPOSTE_LIMIT_REQUESTS',
  'RIPOSTE_LIMIT_INTAKE',
  'RIPOSTE_LAB',
  'RIPOSTE_URL',
  'RIPOSTE_TOKEN',
];

/** Throws `StartError` `start/bad-config` with one line for each mistake. */
export function readConfig(env: Environment = process.env): Config {
  const problems: string[] = findUnknown(env);

  /** The parsed value of a variable that is set and not empty, else the fallback. A parser answers what to write instead. */
  function read<T>(name: string, fallback: T, parse: (text: string) => { value: T } | { write: string }): T {
    const text = env[name]?.trim() ?? '';
    if (text === '') return fallback;
    const answer = parse(text);
    if ('value' in answer) return answer.value;
    problems.push(`${name}: write ${answer.write}`);
    return fallback;
  }

  const host = read('RIPOSTE_HOST', '127.0.0.1', parseHost);
  const port = read('RIPOSTE_PORT', 7878, (text) => parseWhole(text, 1, 65_535));
  const installed = read<Installed>(
    'RIPOSTE_CONNECTIONS',
    { connections: [], httpSystems: [] },
    readInstalled,
  );
  const dataDir = resolve(read('RIPOSTE_DATA', '.riposte', (value) => ({ value })));
  const config: Config = {
    databaseUrl: read<string | null>('DATABASE_URL', null, parseDatabaseUrl),
    queue: read<RedisTarget | null>('QUEUE_URL', null, parseQueue),
    host,
    port,
    metrics: read<Config['metrics']>('RIPOSTE_METRICS', null, parsePlace),
    dataDir,
    auditKeyFile: resolve(read('RIPOSTE_AUDIT_KEY_FILE', join(dataDir, 'audit-key'), (value) => ({ value }))),
    auditAnchors: read<readonly string[]>('RIPOSTE_AUDIT_ANCHOR', [], parseAnchors),
    auditWitness: read<Config['auditWitness']>('RIPOSTE_AUDIT_WITNESS', null, parseWitness),
    allowedAddresses: read<readonly string[]>('RIPOSTE_ALLOWED_ADDRESSES', [], parseAllowed),
    auditRetentionDays: read<number | null>('RIPOSTE_AUDIT_RETENTION', null, (text) => parseRetention(text)),
    auditOrderKeys: read<Config['auditOrderKeys']>('RIPOSTE_AUDIT_ORDER_KEYS', null, parseOrderKeys),
    retentionDays: read<number | null>('RIPOSTE_RETENTION', null, parseRowRetention),
    roles: read<readonly Role[]>('RIPOSTE_ROLES', roles, parseRoles),
    ...installed,
    webhooks: read<readonly WebhookConfig[]>('RIPOSTE_WEBHOOKS', [], (path) =>
      readWebhooks(path, (file) => readFileSync(file, 'utf8')),
    ),
    vault: read<VaultSettings | null>('RIPOSTE_VAULT', null, (path) =>
      readVault(path, (file) => readFileSync(file, 'utf8')),
    ),
    oidc: read<OidcConfig | null>('RIPOSTE_OIDC', null, (path) =>
      readOidc(path, (file) => readFileSync(file, 'utf8')),
    ),
    issuers: read<readonly IssuerConfig[]>('RIPOSTE_ISSUERS', [], (path) =>
      readIssuers(path, (file) => readFileSync(file, 'utf8')),
    ),
    publicUrl: read<string | null>('RIPOSTE_PUBLIC_URL', null, parseHttpUrl),
    logLevel: read<LogLevel>('RIPOSTE_LOG_LEVEL', 'info', (text) => parseWord(text, logLevels)),
    leaseMs: read('RIPOSTE_LEASE_SECONDS', 60_000, parseLease),
    limits: {
      requests: read('RIPOSTE_LIMIT_REQUESTS', defaultLimits.requests, parseLimit),
      intake: read('RIPOSTE_LIMIT_INTAKE', defaultLimits.intake, parseLimit),
    },
    requireCases: read<CaseRequirement | null>('RIPOSTE_REQUIRE_CASES', null, parseRequireCases),
    lab: read<Config['lab']>('RIPOSTE_LAB', { kind: 'on' }, parseLab),
    client: {
      url: read('RIPOSTE_URL', `http://${host.includes(':') ? `[${host}]` : host}:${port}`, parseHttpUrl),
      token: read<string | null>('RIPOSTE_TOKEN', null, (value) =>
        /^[\x21-\x7e]+$/.test(value) ? { value } : { write: 'the token as it was shown, without blanks' },
      ),
    },
    // https://no-color.org: set and not empty, whatever it says.
    color: (env.NO_COLOR ?? '') === '',
    ci: !['', '0', 'false'].includes((env.CI ?? '').trim().toLowerCase()),
  };
  if (config.oidc !== null && config.publicUrl === null)
    problems.push(
      'RIPOSTE_PUBLIC_URL: write the address that people use, because the provider of RIPOSTE_OIDC sends them back to it',
    );
  problems.push(...judgeAudiences(config));
  if (config.vault === null && namesVault(config))
    problems.push(
      'RIPOSTE_VAULT: write the path of a file that says where Vault is, because a secret is named as "vault:…"',
    );
  if (problems.length > 0) throw new StartError('start/bad-config', problems.join('\n'));
  return deepFreeze(config);
}

/** What tokens for us are made out to has to be ours alone. */
function judgeAudiences({ issuers, oidc, publicUrl }: Config): string[] {
  const problems: string[] = [];
  // Host and port of every other installation would be the same.
  if (publicUrl === null && issuers.some(({ audience }) => audience === null))
    problems.push(
      'RIPOSTE_PUBLIC_URL: write the address of this server, because tokens of RIPOSTE_ISSUERS are made out to it; or name an "audience" for each issuer',
    );
  if (issuers.some(({ issuer, audience }) => issuer === oidc?.issuer && audience === oidc.clientId))
    problems.push(
      'RIPOSTE_ISSUERS: write another "audience" than the client of RIPOSTE_OIDC: what people sign in with would let programs in',
    );
  return problems;
}

/** Of the secrets that a process with these roles reads. */
function namesVault({ roles: own, connections, webhooks, oidc }: Config): boolean {
  const acting = connections.flatMap(({ secrets }) => Object.values(secrets));
  const opening = [
    ...webhooks.flatMap(({ secrets }) => secrets),
    ...(oidc === null ? [] : [oidc.clientSecret]),
  ];
  const read = [...(own.includes('worker') ? acting : []), ...(own.includes('api') ? opening : [])];
  return read.some(({ kind }) => kind === 'vault');
}

/** The variable that a secret is kept in. Read when somebody needs it, kept nowhere. */
export function readVariable(name: string): string | undefined {
  return process.env[name];
}

/**
 * What the program `sops` needs to find its keys (README.rst of getsops/sops: age, PGP, the clouds, Vault), and the way to
 * them. Nothing else of ours, above all no other secret.
 */
export function sopsEnvironment(env: Environment = process.env): { [name: string]: string } {
  const wanted =
    /^(?:PATH|HOME|XDG_CONFIG_HOME|GNUPGHOME|HTTPS_PROXY|NO_PROXY|(?:SOPS|AWS|AZURE|GOOGLE|VAULT)_[A-Z0-9_]+)$/;
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      wanted.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
}

/** A misspelt variable would leave its setting at the default in silence. */
function findUnknown(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('RIPOSTE_') && !known.includes(name))
    .map((name) => {
      const near = nearestName(name, known);
      return `${name}: there is no such variable${near === null ? `; there are ${known.join(', ')}` : `; did you mean ${near}?`}`;
    });
}

function parseQueue(text: string): Parsed<RedisTarget> {
  try {
    return { value: readRedisTarget(text) };
  } catch (error) {
    const why = error instanceof Error ? error.message : 'not an address';
    return { write: `an address such as redis://host:6379 (${why})` };
  }
}

type Parsed<T> = { value: T } | { write: string };

function parseWhole(text: string, least: number, most: number): Parsed<number> {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return { value };
  return { write: `a whole number from ${least} to ${most}` };
}

/** Never under a year (PCI DSS 10.5.1). */
function parseRetention(text: string): Parsed<number> {
  const days = parseWhole(text, 365, 36_500);
  return 'value' in days
    ? days
    : { write: `${days.write} days, such as 400; leave it out to keep everything` };
}

function parseRequireCases(text: string) {
  const value = parseRequirement(text);
  return value === null ? { write: '`passed`, or shares such as `branches=90,approvals=100`' } : { value };
}

function parseRowRetention(text: string): Parsed<number> {
  const days = parseWhole(text, daysMin, daysMax);
  return 'value' in days
    ? days
    : { write: `${days.write} days, such as 90; leave it out to keep everything` };
}

/** At least 15 s, because an attempt stops 10 s before its lease ends; at most an hour, because a dead worker holds it that long. */
function parseLease(text: string): Parsed<number> {
  const seconds = parseWhole(text, 15, 3600);
  return 'value' in seconds ? { value: seconds.value * 1000 } : seconds;
}

/** Ten a second at least: a person with several pages open must never be in want of more. */
function parseLimit(text: string): Parsed<number> {
  const perMinute = parseWhole(text, 600, 100_000_000);
  return 'value' in perMinute ? perMinute : { write: `${perMinute.write}, for each caller and minute` };
}

function parseHost(text: string): Parsed<string> {
  if (/^[\w.:-]+$/.test(text)) return { value: text };
  return { write: 'the address to listen on, such as 127.0.0.1 or 0.0.0.0, without a port' };
}

function parsePlace(text: string): Parsed<{ host: string; port: number }> {
  const [, bracketed, plain, port] = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  if (host !== undefined && Number(port) >= 1 && Number(port) <= 65_535)
    return { value: { host, port: Number(port) } };
  return { write: 'address and port, such as 127.0.0.1:9464 or [::1]:9464' };
}

function parseDatabaseUrl(text: string): Parsed<string> {
  if (/^postgres(ql)?:\/\//.test(text) && URL.canParse(text)) return { value: text };
  return {
    write: 'postgres://user:password@host:5432/database, with special characters in the password as %XX',
  };
}

function parseHttpUrl(text: string): Parsed<string> {
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain = url !== null && url.username === '' && url.search === '' && url.hash === '';
  if (plain && (url.protocol === 'https:' || url.protocol === 'http:')) {
    return { value: `${url.origin}${url.pathname}`.replace(/(?<!\/)\/+$/, '') };
  }
  return { write: 'an address such as https://riposte.example.org' };
}

/** Judged by the very rules that they will be exceptions of. */
function parseAllowed(text: string): Parsed<readonly string[]> {
  const words = text.split(/\s+/);
  try {
    createAddressRules({ allow: words });
    return { value: words };
  } catch {
    return {
      write:
        'origins such as https://edr.internal:8443 or tls://siem.internal:6514, or ranges with a port such as 10.20.0.0/16:443, separated by blanks',
    };
  }
}

function parseAnchors(text: string): Parsed<readonly string[]> {
  const paths = text.split(/\s+/).map((word) => {
    const url = URL.canParse(word) ? new URL(word) : null;
    const local = url?.protocol === 'file:' && url.host === '' && url.pathname !== '/';
    return local && url.search === '' && url.hash === '' ? fileURLToPath(url) : null;
  });
  if (paths.every((path) => path !== null) && new Set(paths).size === paths.length) return { value: paths };
  return { write: 'directories such as file:///mnt/worm/riposte, each once, separated by blanks' };
}

/**
 * What a witness answers is signed only when it agrees; its no stops the log and holds containment. So nobody
 * on the way may be able to say it: TLS, or the same machine.
 */
function parseWitness(text: string): Parsed<Config['auditWitness']> {
  const [keyText = '', urlText = '', ...rest] = text.split(/\s+/);
  const key = parseVerifierKey(keyText);
  const url = parseHttpUrl(urlText);
  if (key?.type === keyTypes.cosignature && 'value' in url && isPrivateWay(url.value) && rest.length === 0)
    return { value: { key, url: url.value } };
  return {
    write:
      'the key that the witness prints, a blank, and its address such as https://witness.example (http only on this machine)',
  };
}

function parseRoles(text: string): Parsed<readonly Role[]> {
  const words = text.split(',').map((word) => word.trim());
  const chosen = roles.filter((role) => words.includes(role));
  if (words.length === chosen.length) return { value: chosen };
  return { write: `one or more of ${roles.join(', ')}, each once, separated by commas` };
}

function parseWord<Word extends string>(text: string, words: readonly Word[]): Parsed<Word> {
  const value = words.find((word) => word === text);
  return value === undefined ? { write: `one of ${words.join(', ')}` } : { value };
}

function parseLab(text: string): Parsed<Config['lab']> {
  if (text === 'on' || text === 'off') return { value: { kind: text } };
  const url = parseHttpUrl(text);
  return 'value' in url
    ? { value: { kind: 'at', url: url.value } }
    : { write: 'on, off, or the address of a lab' };
}

function deepFreeze<T extends object>(value: T): T {
  for (const each of Object.values(value))
    if (typeof each === 'object' && each !== null && !ArrayBuffer.isView(each)) deepFreeze(each);
  return Object.freeze(value);
}
