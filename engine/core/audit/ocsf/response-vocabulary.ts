/*
 * What each action that changes a target is called in D3FEND 1.2.0, whose tactic fixes the activity in OCSF.
 * The tactic is not guessed from the verb. Actions that read or tell are no remediation and have no line; those
 * for which neither vocabulary has a word say `Other` instead of the nearest wrong one.
 */

/** `activity_id` of the remediation classes, by D3FEND tactic. */
export const activities = { Isolate: 1, Evict: 2, Restore: 3, Other: 99 } as const;

export type Activity = keyof typeof activities;

/** `disposition_id` of a control that had its effect. */
export const dispositions = {
  Blocked: 2,
  Quarantined: 3,
  Isolated: 4,
  Restored: 9,
  'Access Revoked': 24,
} as const;

export interface Response {
  activity: Activity;
  /** D3FEND technique; absent where the tactic alone is known. */
  technique?: string;
  disposition?: keyof typeof dispositions;
}

/** By action key. */
export const responses: Readonly<Record<string, Response>> = {
  'edr.isolate-host': { activity: 'Isolate', technique: 'D3-NI', disposition: 'Isolated' },
  'edr.release-host': { activity: 'Restore', technique: 'D3-RNA', disposition: 'Restored' },
  'edr.quarantine-file': { activity: 'Isolate', technique: 'D3-CQ', disposition: 'Quarantined' },
  'edr.block-file': { activity: 'Isolate', technique: 'D3-EDL', disposition: 'Blocked' },
  'edr.unblock-file': { activity: 'Restore', disposition: 'Restored' },
  'edr.block-domain': { activity: 'Isolate', technique: 'D3-DNSDL', disposition: 'Blocked' },
  'edr.unblock-domain': { activity: 'Restore', disposition: 'Restored' },
  'directory.disable-user': { activity: 'Evict', technique: 'D3-AL', disposition: 'Access Revoked' },
  'directory.enable-user': { activity: 'Restore', technique: 'D3-RUAA', disposition: 'Restored' },
  'directory.revoke-sessions': { activity: 'Evict', technique: 'D3-ST', disposition: 'Access Revoked' },
  'directory.delete-auth-method': { activity: 'Evict', technique: 'D3-CR', disposition: 'Access Revoked' },
  'directory.confirm-compromised': { activity: 'Other' },
  'directory.dismiss-risk': { activity: 'Restore' },
  'directory.disable-device': { activity: 'Other', disposition: 'Access Revoked' },
  'directory.enable-device': { activity: 'Restore', disposition: 'Restored' },
  'ldap.disable-user': { activity: 'Evict', technique: 'D3-AL', disposition: 'Access Revoked' },
  'ldap.enable-user': { activity: 'Restore', technique: 'D3-RUAA', disposition: 'Restored' },
  'imap.quarantine-message': { activity: 'Isolate', technique: 'D3-CQ', disposition: 'Quarantined' },
  'imap.release-message': { activity: 'Restore', technique: 'D3-RE', disposition: 'Restored' },
  'mail.quarantine-message': { activity: 'Isolate', technique: 'D3-CQ', disposition: 'Quarantined' },
  'mail.release-message': { activity: 'Restore', technique: 'D3-RE', disposition: 'Restored' },
  'mail.disable-rule': { activity: 'Evict', technique: 'D3-OE' },
  'mail.enable-rule': { activity: 'Restore', disposition: 'Restored' },
  'mdm.lock-device': { activity: 'Other' },
  'mdm.wipe-device': { activity: 'Other' },
};
