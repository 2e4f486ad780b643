import type { ActionContext } from '../../engine/core/contracts/action.ts';
import type { Look, Probe, Right } from '../../engine/core/contracts/probe.ts';
import { createMicrosoftApis, type MicrosoftApis } from './microsoft-apis.ts';
import { readRoles } from './read-roles.ts';
import { createTokenCache } from './token-cache.ts';
import { weighPermission } from './weigh-permission.ts';

/** The API as manifests name it before its permissions (facts 1.3, resource name in app registration). */
const resourceOf: Record<keyof MicrosoftApis, string> = {
  graph: 'Microsoft Graph',
  mde: 'WindowsDefenderATP',
};

export interface Harmless {
  /** In few words, for people. */
  what: string;
  path(context: ActionContext): string;
}

/**
 * Signs in, reads the app's permissions out of its own token, and looks at one harmless thing. With a token of its own
 * each time: a kept one would go on working for an hour after the secret has ended. When the secret ends is not said by
 * the sign-in service.
 */
export function probeMicrosoft(api: keyof MicrosoftApis, harmless: Harmless): Probe {
  return async (context, permissions) => {
    const vendor = createMicrosoftApis(createTokenCache())[api];
    const signedIn = await vendor.signIn(context);
    const looks: Look[] = [
      { what: `sign in for ${resourceOf[api]}`, failure: signedIn.ok ? null : signedIn.failure },
    ];
    if (!signedIn.ok) return { looks, rights: {} };
    const reading = await vendor.read(context, harmless.path(context));
    // Whoever says that there is no such thing has looked.
    const answered = reading.ok || reading.failure.code === 'not-found';
    looks.push({ what: harmless.what, failure: answered ? null : reading.failure });
    return { looks, rights: rightsIn(api, readRoles(signedIn.token), permissions) };
  };
}

function rightsIn(
  api: keyof MicrosoftApis,
  held: ReadonlySet<string> | null,
  permissions: readonly string[],
): { [permission: string]: Right } {
  const prefix = `${resourceOf[api]}: `;
  return Object.fromEntries(
    permissions
      .filter((permission) => permission.startsWith(prefix))
      .map((permission) => [permission, weighPermission(permission.slice(prefix.length), held)]),
  );
}
