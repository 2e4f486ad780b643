import { passkeyWay } from '../../api/console/sign-in/passkey.ts';
import { type Odd, type Options, optionsOn, type SoftPasskey, softPasskey } from '../support/soft-passkey.ts';
import { type ConsoleUnderTest, type Shown, startConsole, type Visitor } from './start-console.ts';

/* What people do with passkeys, as their browser would send it. */

export const party = { id: 'localhost', origin: 'http://localhost' };
export const ours = { 'sec-fetch-site': 'same-origin' };

export function startPasskeyConsole(
  options: Parameters<typeof startConsole>[0] = {},
): Promise<ConsoleUnderTest> {
  return startConsole({ publicUrl: party.origin, signInWays: [passkeyWay(party)], ...options });
}

/** The page asks for a key; what it answers is sent. */
export async function register(
  visitor: Visitor,
  passkey: SoftPasskey = softPasskey(),
  { name = 'Phone', odd = {} }: { name?: string; odd?: Odd } = {},
): Promise<Shown> {
  const asked = await visitor.post('/settings/passkeys/add', { name });
  const answer = passkey.create(optionsOn(asked.text), odd);
  return visitor.post('/settings/passkeys', { name, answer });
}

export interface Asked {
  options: Options;
  cookie: string;
}

/** Somebody who is not signed in presses the button. */
export async function askToSignIn(site: ConsoleUnderTest, headers = {}): Promise<Asked> {
  const asked = await site.visit('/sign-in/passkey', { method: 'POST', headers: { ...ours, ...headers } });
  return {
    options: optionsOn(asked.text),
    cookie: asked.headers.getSetCookie()[0]?.split(';')[0] ?? '',
  };
}

export function sendAnswer(
  site: ConsoleUnderTest,
  answer: string,
  cookie: string,
  headers = {},
): Promise<Shown> {
  return site.visit('/sign-in/passkey/answer', {
    method: 'POST',
    headers: { ...ours, cookie, ...headers },
    body: new URLSearchParams({ answer }),
  });
}

export async function signInWith(
  site: ConsoleUnderTest,
  passkey: SoftPasskey,
  odd: Odd = {},
): Promise<Shown> {
  const { options, cookie } = await askToSignIn(site);
  return sendAnswer(site, passkey.get(options, odd), cookie);
}

/** The session that an answer began. */
export function sessionOf({ headers }: Shown): string {
  const cookies = headers.getSetCookie().map((each) => each.split(';')[0] ?? '');
  return cookies.find((each) => each.startsWith('riposte=') && each !== 'riposte=') ?? '';
}

/** As the log has them, oldest first. */
export async function entriesOf(
  site: ConsoleUnderTest,
  type: string,
): Promise<
  { type: string; code?: string; reason?: string; actor: { id: string }; data: Record<string, unknown> }[]
> {
  const { rows } = await site.db.owner.query<{ entry: string }>(
    `select convert_from(entry, 'utf8') as entry from audit_pending
     where convert_from(entry, 'utf8')::json->>'type' like $1 order by (convert_from(entry, 'utf8')::json->>'id')`,
    [type],
  );
  return rows.map(({ entry }) => JSON.parse(entry));
}
