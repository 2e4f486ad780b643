import type { ActionContext, Failure } from '../../../engine/core/contracts/action.ts';
import { terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import { nonEmptyTextOf, rowsOf } from '../../client/read-field.ts';
import type { VendorApi } from '../../client/vendor-api.ts';

/** A way to sign in that a user has registered (facts 6.3). */
export interface SignInMethod {
  id: string;
  /** Our word for the vendor's type. */
  kind: string;
  /** Null where deletion is not documented: passwords, and types that came later. */
  collection: string | null;
  createdMs: number | null;
}

const collections: { [type: string]: { kind: string; collection: string | null } } = {
  phoneAuthenticationMethod: { kind: 'phone', collection: 'phoneMethods' },
  emailAuthenticationMethod: { kind: 'email', collection: 'emailMethods' },
  fido2AuthenticationMethod: { kind: 'fido2', collection: 'fido2Methods' },
  microsoftAuthenticatorAuthenticationMethod: {
    kind: 'authenticator',
    collection: 'microsoftAuthenticatorMethods',
  },
  softwareOathAuthenticationMethod: { kind: 'software_oath', collection: 'softwareOathMethods' },
  hardwareOathAuthenticationMethod: { kind: 'hardware_oath', collection: 'hardwareOathMethods' },
  temporaryAccessPassAuthenticationMethod: {
    kind: 'temporary_pass',
    collection: 'temporaryAccessPassMethods',
  },
  windowsHelloForBusinessAuthenticationMethod: {
    kind: 'windows_hello',
    collection: 'windowsHelloForBusinessMethods',
  },
  platformCredentialAuthenticationMethod: {
    kind: 'platform_credential',
    collection: 'platformCredentialMethods',
  },
  externalAuthenticationMethod: { kind: 'external', collection: 'externalAuthenticationMethods' },
  passwordAuthenticationMethod: { kind: 'password', collection: null },
};

export async function listSignInMethods(
  graph: VendorApi,
  context: ActionContext,
  userKey: string,
): Promise<{ ok: true; methods: SignInMethod[] } | { ok: false; failure: Failure }> {
  const answer = await graph.read(context, path`/users/${userKey}/authentication/methods`);
  if (!answer.ok) return answer;
  const rows = rowsOf(answer.body);
  // a second page is not documented; half a list would let the intruder's method pass unseen
  if (rows === null || nonEmptyTextOf(answer.body, '@odata.nextLink') !== null) return unreadable();
  const methods: SignInMethod[] = [];
  for (const row of rows) {
    const id = nonEmptyTextOf(row, 'id');
    const type = (nonEmptyTextOf(row, '@odata.type') ?? '').replace(/^#microsoft\.graph\./, '');
    if (id === null || type === '') return unreadable();
    const known = Object.hasOwn(collections, type) ? collections[type] : undefined;
    const createdMs = Date.parse(nonEmptyTextOf(row, 'createdDateTime') ?? '');
    methods.push({
      id,
      kind: known?.kind ?? 'other',
      collection: known?.collection ?? null,
      createdMs: Number.isNaN(createdMs) ? null : createdMs,
    });
  }
  return { ok: true, methods };
}

function unreadable(): { ok: false; failure: Failure } {
  return {
    ok: false,
    failure: terminal('invalid-response', 'Microsoft Graph sent sign-in methods that cannot be read.'),
  };
}
