import type { Action, ActionRegistry } from '../engine/core/contracts/action.ts';
import { postMessage } from './chat/post-message/action.ts';
import { createMicrosoftApis } from './client/microsoft-apis.ts';
import { createTokenCache } from './client/token-cache.ts';
import { confirmCompromised } from './directory/confirm-compromised/action.ts';
import { deleteAuthMethod } from './directory/delete-auth-method/action.ts';
import { disableDevice } from './directory/disable-device/action.ts';
import { disableUser } from './directory/disable-user/action.ts';
import { dismissRisk } from './directory/dismiss-risk/action.ts';
import { enableDevice } from './directory/enable-device/action.ts';
import { enableUser } from './directory/enable-user/action.ts';
import { getRisk } from './directory/get-risk/action.ts';
import { getUser } from './directory/get-user/action.ts';
import { listAuthMethods } from './directory/list-auth-methods/action.ts';
import { revokeSessions } from './directory/revoke-sessions/action.ts';
import { blockDomain } from './edr/block-domain/action.ts';
import { blockFile } from './edr/block-file/action.ts';
import { collectPackage } from './edr/collect-package/action.ts';
import { isolateHost } from './edr/isolate-host/action.ts';
import { quarantineFile } from './edr/quarantine-file/action.ts';
import { releaseHost } from './edr/release-host/action.ts';
import { unblockDomain } from './edr/unblock-domain/action.ts';
import { unblockFile } from './edr/unblock-file/action.ts';
import { endpointActions } from './http/endpoint-actions.ts';
import type { HttpSystem } from './http/http-system.ts';
import { quarantineMessage as quarantineOverImap } from './imap/quarantine-message/action.ts';
import { releaseMessage as releaseOverImap } from './imap/release-message/action.ts';
import { searchMessages as searchOverImap } from './imap/search-messages/action.ts';
import { addComment } from './incident/add-comment/action.ts';
import { getHost } from './inventory/get-host/action.ts';
import { disableUser as disableUserOnPremises } from './ldap/disable-user/action.ts';
import { enableUser as enableUserOnPremises } from './ldap/enable-user/action.ts';
import { getUser as getUserOnPremises } from './ldap/get-user/action.ts';
import { disableRule } from './mail/disable-rule/action.ts';
import { enableRule } from './mail/enable-rule/action.ts';
import { listRules } from './mail/list-rules/action.ts';
import { quarantineMessage } from './mail/quarantine-message/action.ts';
import { releaseMessage } from './mail/release-message/action.ts';
import { searchMessages } from './mail/search-messages/action.ts';
import { findDevice } from './mdm/find-device/action.ts';
import { lockDevice } from './mdm/lock-device/action.ts';
import { wipeDevice } from './mdm/wipe-device/action.ts';

/**
 * Every action there is, by key. A process makes one registry: the bearer tokens of its connections
 * live in it and nowhere else.
 * @param systems what the operator adds to the catalogue
 */
export function createRegistry(systems: readonly HttpSystem[] = []): ActionRegistry {
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
    collectPackage(apis),
    quarantineFile(apis),
    blockFile(apis),
    unblockFile(apis),
    blockDomain(apis),
    unblockDomain(apis),
    getRisk(apis),
    confirmCompromised(apis),
    dismissRisk(apis),
    listAuthMethods(apis),
    deleteAuthMethod(apis),
    disableDevice(apis),
    enableDevice(apis),
    listRules(apis),
    disableRule(apis),
    enableRule(apis),
    findDevice(apis),
    lockDevice(apis),
    wipeDevice(apis),
    postMessage(),
    addComment(apis),
    getUserOnPremises(),
    disableUserOnPremises(),
    enableUserOnPremises(),
    searchOverImap(),
    quarantineOverImap(),
    releaseOverImap(),
    ...systems.flatMap(endpointActions),
  ];
  return new Map(actions.map((action) => [action.manifest.key, action]));
}
