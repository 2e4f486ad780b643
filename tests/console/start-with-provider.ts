import { createOidcWay } from '../../api/console/sign-in/oidc.ts';
import type { ProviderTerms } from '../../api/console/sign-in/provider-terms.ts';
import type { SignInWay } from '../../api/console/sign-in/way.ts';
import type { GroupRule } from '../../engine/core/identity/map-groups.ts';
import type { Role } from '../../engine/core/identity/rights.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openProvider } from '../../engine/runtime/identity/ask-provider.ts';
import type { Person } from '../../engine/runtime/identity/person.ts';
import { releaseAfter } from '../support/release-after.ts';
import { type ConsoleUnderTest, type Shown, startConsole } from './start-console.ts';

/** A browser of which only the cookies matter here: those that another site brings along are the lax ones. */
export interface Guest {
  cookies: Map<string, string>;
  /** At the provider. */
  elsewhere: Map<string, string>;
  ask(path: string, init?: { fields?: Record<string, string>; fromElsewhere?: boolean }): Promise<Shown>;
  /** Presses the button and answers where the browser is led. */
  leave(fields?: Record<string, string>): Promise<string>;
}

export interface SiteWithProvider extends ConsoleUnderTest {
  terms: ProviderTerms;
  settings: { issuer: string; secretText: string };
  guest(): Guest;
  person(name: string, email: string | null, roles: Role[]): Promise<Person>;
  entries(type: string): Promise<Entry[]>;
}

export interface Entry {
  type: string;
  code?: string;
  actor: { id: string };
  data?: { [name: string]: unknown };
}

const strict = ['riposte', 'riposte-return', '__Host-riposte', '__Host-riposte-return'];
const system = { actor: { kind: 'system', id: 'test', channel: 'engine' } } as const;

/** The console with its way through a provider, which is named when it runs: it has to know our address first. */
export async function startWithProvider(
  people: GroupRule[] = [],
  options: { publicUrl?: string; secureCookies?: boolean; otherWays?: readonly SignInWay[] } = {},
): Promise<SiteWithProvider> {
  const settings = {
    issuer: '',
    clientId: 'riposte',
    secretText: '',
    secret: async () => settings.secretText,
    scopes: ['openid', 'email', 'profile'],
    claims: ['email', 'name', 'groups'],
    redirectUri: '',
  };
  const terms = { issuer: '', label: 'Sign in with Example', groupsClaim: 'groups', people };
  const http = createHttp({ allowPrivate: true });
  releaseAfter(() => http.close());
  const { otherWays = [], ...rest } = options;
  const site = await startConsole({
    ...rest,
    signInWays: [createOidcWay(terms, openProvider(settings, http, Date.now)), ...otherWays],
  });
  settings.redirectUri = `${options.publicUrl ?? site.url}/sign-in/oidc/callback`;

  const guest = (): Guest => {
    const cookies = new Map<string, string>();
    const ask: Guest['ask'] = async (path, { fields, fromElsewhere = false } = {}) => {
      const sent = [...cookies].filter(([name]) => !fromElsewhere || !strict.includes(name));
      const shown = await site.visit(path.replace(site.url, ''), {
        headers: {
          cookie: sent.map(([name, value]) => `${name}=${value}`).join('; '),
          'sec-fetch-site': fromElsewhere ? 'cross-site' : 'same-origin',
        },
        ...(fields !== undefined && { method: 'POST', body: new URLSearchParams(fields) }),
      });
      for (const line of shown.headers.getSetCookie()) {
        const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
        if (value === '') cookies.delete(name);
        else cookies.set(name, value);
      }
      return shown;
    };
    const leave: Guest['leave'] = async (fields = {}) => {
      const { text } = await ask('/sign-in/oidc', { fields });
      return (/content="0; url=([^"]+)"/.exec(text)?.[1] ?? '').replaceAll('&amp;', '&');
    };
    return { cookies, elsewhere: new Map(), ask, leave };
  };
  const person: SiteWithProvider['person'] = async (name, email, roles) => {
    const created = await site.identity.createPerson(system, { name, email, roles, groups: [] });
    if (!created.ok) throw new Error(created.detail);
    return created.person;
  };
  const entries: SiteWithProvider['entries'] = async (type) => {
    const { rows } = await site.db.owner.query<{ entry: string }>(
      `select convert_from(entry, 'utf8') as entry from audit_pending order by enqueued_at, id`,
    );
    return rows.map(({ entry }) => JSON.parse(entry) as Entry).filter((entry) => entry.type === type);
  };
  // Both stand for one setting: the address of the provider that is asked, and whose word counts.
  const both = {
    get issuer() {
      return settings.issuer;
    },
    set issuer(value: string) {
      settings.issuer = value;
      terms.issuer = value;
    },
    get secretText() {
      return settings.secretText;
    },
    set secretText(value: string) {
      settings.secretText = value;
    },
  };
  return { ...site, terms, settings: both, guest, person, entries };
}
