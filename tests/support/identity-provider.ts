import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { afterAll } from 'vitest';

/** What the provider says of an account; `sub` is its name unless said otherwise. */
export interface Account {
  email?: string;
  email_verified?: boolean;
  name?: string;
  groups?: string[];
}

export interface IdentityProvider {
  issuer: string;
  clientId: string;
  clientSecret: string;
  /** By the name they sign in with; may be changed at any time. */
  accounts: Map<string, Account>;
  /** Whether it tells when somebody has signed in. */
  says: { authTime: boolean };
  /** A browser's way through its pages: from an address of ours to the one that it sends the browser back to. */
  goThrough(address: string, login: string, cookies: Map<string, string>): Promise<string>;
  stop(): Promise<void>;
}

/**
 * A certified provider (`oidc-provider`) with its own pages for signing in, on `localhost`: another site than
 * 127.0.0.1 for a browser. It takes any password.
 */
export async function startIdentityProvider(redirectUri: string): Promise<IdentityProvider> {
  const accounts = new Map<string, Account>();
  const says = { authTime: true };
  const [clientId, clientSecret] = ['riposte', 'a secret of the test, 32 bytes long'];
  let handler: ReturnType<Provider['callback']> | null = null;
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => void handler?.(request, response));
  server.listen(0, 'localhost');
  await new Promise((resolve) => server.once('listening', resolve));
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name', 'groups'] },
    cookies: { keys: ['a key of the test'] },
    features: { devInteractions: { enabled: true } },
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, ...accounts.get(id) }),
    }),
    async loadExistingGrant(context) {
      const { client, session } = context.oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  provider.use(async (context, next) => {
    // As providers do that do not keep the standard: the token then says nothing of it.
    if (!says.authTime && context.path === '/auth') {
      const query = new URLSearchParams(context.querystring);
      query.delete('max_age');
      context.querystring = query.toString();
    }
    await next();
  });
  handler = provider.callback();
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  afterAll(stop);

  async function goThrough(address: string, login: string, cookies: Map<string, string>): Promise<string> {
    let url = address;
    let form: URLSearchParams | null = null;
    for (let step = 0; step < 20; step++) {
      if (!url.startsWith(issuer)) return url;
      const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const answer: Response = await fetch(url, {
        redirect: 'manual',
        headers: { cookie },
        ...(form !== null && { method: 'POST', body: form }),
      });
      for (const line of answer.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      const location = answer.headers.get('location');
      form = null;
      if (location !== null) url = new URL(location, url).href;
      else if (url.includes('/interaction/'))
        form = new URLSearchParams({ prompt: 'login', login, password: 'any' });
      else throw new Error(`the provider stops at ${url}: ${answer.status} ${await answer.text()}`);
    }
    throw new Error(`the provider leads in circles, last to ${url}`);
  }
  return { issuer, clientId, clientSecret, accounts, says, goThrough, stop };
}
