/** One server of Redis or Valkey, as its address names it. */
export interface QueueNode {
  readonly host: string;
  readonly port: number;
}

interface QueueLogin {
  readonly tls: boolean;
  readonly username: string | null;
  readonly password: string | null;
}

export type QueueConfig = QueueLogin &
  (
    | { readonly kind: 'single'; readonly node: QueueNode; readonly database: number }
    /** `sentinels` are asked where the primary of this name is. */
    | {
        readonly kind: 'sentinel';
        readonly sentinels: readonly QueueNode[];
        readonly name: string;
        readonly database: number;
      }
    /** A cluster has one database only. */
    | { readonly kind: 'cluster'; readonly nodes: readonly QueueNode[] }
  );

const forms =
  'redis://user:password@host:6379/0 (rediss:// for TLS), redis+sentinel://password@host:26379,host:26379/primary-name/0 or redis+cluster://host:6379,host:6379';

// Several hosts are no URL to the URL parser, so the parts are taken apart here.
const shape = /^(redis|rediss)(\+sentinel|\+cluster)?:\/\/(?:([^@/]*)@)?([^@/?#]+)(\/[^?#]*)?$/;

/**
 * Takes `QUEUE_URL` apart. `write` says what to write when it is none of the forms.
 * Names and passwords are percent-encoded; one without a colon is a password.
 */
export function parseQueueUrl(text: string): { value: QueueConfig } | { write: string } {
  const parts = shape.exec(text);
  if (parts === null) return { write: forms };
  const [, scheme, kind, login, hosts = '', path = ''] = parts;
  const nodes = hosts.split(',').map((host) => parseNode(host, kind === '+sentinel' ? 26_379 : 6_379));
  const known = nodes.filter((node) => node !== null);
  const credentials = parseLogin(login ?? '');
  if (known.length !== nodes.length || credentials === null) return { write: forms };
  const common = { tls: scheme === 'rediss', ...credentials };
  const segments = path
    .split('/')
    .slice(1)
    .filter((segment) => segment !== '');

  if (kind === '+cluster') {
    return segments.length === 0 ? { value: { kind: 'cluster', nodes: known, ...common } } : { write: forms };
  }
  if (kind === '+sentinel') {
    const [name, database = '0', ...rest] = segments;
    if (name === undefined || !/^[\w.-]+$/.test(name) || !isDatabase(database) || rest.length > 0)
      return { write: forms };
    return { value: { kind: 'sentinel', sentinels: known, name, database: Number(database), ...common } };
  }
  const [database = '0', ...rest] = segments;
  const [node, ...others] = known;
  if (node === undefined || others.length > 0 || !isDatabase(database) || rest.length > 0)
    return { write: forms };
  return { value: { kind: 'single', node, database: Number(database), ...common } };
}

function isDatabase(text: string): boolean {
  return /^\d{1,4}$/.test(text);
}

function parseNode(text: string, defaultPort: number): QueueNode | null {
  const parts = /^(\[[0-9a-fA-F:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/.exec(text);
  if (parts?.[1] === undefined) return null;
  const port = parts[2] === undefined ? defaultPort : Number(parts[2]);
  return port >= 1 && port <= 65_535 ? { host: parts[1].replace(/^\[|\]$/g, ''), port } : null;
}

function parseLogin(text: string): { username: string | null; password: string | null } | null {
  const colon = text.indexOf(':');
  const username = colon === -1 ? '' : text.slice(0, colon);
  const password = text.slice(colon + 1);
  try {
    return {
      username: username === '' ? null : decodeURIComponent(username),
      password: password === '' ? null : decodeURIComponent(password),
    };
  } catch {
    // A percent sign that encodes nothing.
    return null;
  }
}
