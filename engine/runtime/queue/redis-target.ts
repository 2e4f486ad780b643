/** Where the Redis or Valkey of the queues is. */
export type RedisTarget =
  /** `redis://` or `rediss://` with user, password and database as ioredis reads them. */
  | { kind: 'single'; url: string }
  | {
      kind: 'sentinel';
      sentinels: RedisNode[];
      /** Name of the master group. */
      group: string;
      login: RedisLogin;
      /** Password of the sentinels themselves, where they have one. */
      sentinelPassword?: string;
      database: number;
      tls: boolean;
    }
  | { kind: 'cluster'; nodes: RedisNode[]; login: RedisLogin; tls: boolean };

export interface RedisNode {
  host: string;
  port: number;
}

export interface RedisLogin {
  username?: string;
  password?: string;
}

const forms = [
  'redis://[user:password@]host:6379[/db]',
  'rediss://… (TLS)',
  'redis+sentinel://[user:password@]host:26379,host:26379/group[/db]',
  'redis+cluster://[user:password@]host:6379,host:6379',
  'rediss+sentinel://… and rediss+cluster://… (TLS)',
];

/** Reads the forms of `QUEUE_URL`; throws a message that says what to write and never repeats the password. */
export function readRedisTarget(text: string): RedisTarget {
  const parts = /^(rediss?)(?:\+(sentinel|cluster))?:\/\/(?:([^/@]*)@)?([^/?#]+)(?:\/([^?#]*))?$/.exec(
    text.trim(),
  );
  if (parts === null) throw new TypeError(`not an address of a Redis; write one of: ${forms.join('; ')}`);
  const [, scheme, kind, userinfo, hosts = '', path = ''] = parts;
  const tls = scheme === 'rediss';
  if (kind === undefined) {
    if (!URL.canParse(text) || hosts.includes(',')) {
      throw new TypeError('several hosts need redis+sentinel:// or redis+cluster://');
    }
    return { kind: 'single', url: text.trim() };
  }
  const login = readLogin(userinfo);
  const nodes = hosts.split(',').map((each) => readNode(each, kind === 'sentinel' ? 26_379 : 6_379));
  if (kind === 'cluster') {
    if (path !== '') throw new TypeError('a Redis cluster has no numbered databases: leave the path out');
    return { kind: 'cluster', nodes, login, tls };
  }
  const [group = '', database = '0', ...more] = path.split('/');
  if (group === '' || more.length > 0 || !/^\d{1,4}$/.test(database)) {
    throw new TypeError(`the path names the master group and, where wanted, the database: ${forms[2]}`);
  }
  return {
    kind: 'sentinel',
    sentinels: nodes,
    group: decodeURIComponent(group),
    login,
    database: Number(database),
    tls,
  };
}

function readLogin(userinfo: string | undefined): RedisLogin {
  if (userinfo === undefined) return {};
  const colon = userinfo.indexOf(':');
  const username = decodeURIComponent(colon < 0 ? userinfo : userinfo.slice(0, colon));
  const password = colon < 0 ? '' : decodeURIComponent(userinfo.slice(colon + 1));
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) };
}

function readNode(text: string, defaultPort: number): RedisNode {
  const parts = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i.exec(text);
  const port = Number(parts?.[2] ?? defaultPort);
  if (parts?.[1] === undefined || port < 1 || port > 65_535)
    throw new TypeError(`"${text}" is not host:port`);
  return { host: parts[1].replace(/^\[|\]$/g, ''), port };
}
