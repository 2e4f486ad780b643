import type { Action, ActionRegistry } from '../engine/core/contracts/action.ts';
import { postMessage } from './chat/post-message/action.ts';
import { createMicrosoftApis } from './client/microsoft-apis.ts';
import { createTokenCache } from './client/token-cache.ts';
import { disableUser } from './directory/disable-user/action.ts';
import { enableUser } from './directory/enable-user/action.ts';
import { getUser } from './directory/get-user/action.ts';
import { revokeSessions } from './directory/revoke-sessions/action.ts';
import { isolateHost } from './edr/isolate-host/action.ts';
import { releaseHost } from './edr/release-host/action.ts';
import { addComment } from './incident/add-comment/action.ts';
import { getHost } from './inventory/get-host/action.ts';
import { quarantineMessage } from './mail/quarantine-message/action.ts';
import { releaseMessage } from './mail/release-message/action.ts';
import { searchMessages } from './mail/search-messages/action.ts';

/**
 * Every action there is, by key. A process makes one registry: the bearer tokens of its connections
 * live in it and nowhere else.
 */
export function createRegistry(): ActionRegistry {
  const apis = createMicrosoftApis(createTokenCache());
  const actions: Action[] = [
    isolateHost(apis),
    releaseHost(apis),
    disableUser(apis),
    enableUser(apis),
    revokeSessions(apis),
    getUser(apis),
    searchMessages(apis),
    quarantineMessage(apis),
    releaseMessage(apis),
    getHost(apis),
    postMessage(),
    addComment(apis),
  ];
  return new Map(actions.map((action) => [action.manifest.key, action]));
}
