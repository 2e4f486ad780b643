import { randomUUID } from 'node:crypto';
import type { EffectChange } from './effect-ledger.ts';
import type { Mail, Place, Remediation } from './records.ts';
import type { World } from './world.ts';

export type RemediationAction =
  | 'moveToJunk'
  | 'moveToInbox'
  | 'hardDelete'
  | 'softDelete'
  | 'moveToDeletedItems'
  | 'moveToQuarantine';

export interface MailOrder {
  action: RemediationAction;
  displayName: string;
  mailIds: string[];
  by: string;
}

const destinationOf: Record<RemediationAction, Place> = {
  moveToJunk: 'junk',
  moveToInbox: 'inbox',
  hardDelete: 'gone',
  softDelete: 'recoverable-items',
  moveToDeletedItems: 'deleted-items',
  moveToQuarantine: 'quarantine',
};

/** The name of the state that a place means; none for the inbox, which is where mail belongs. */
const effectOf: { [place in Place]?: string } = {
  junk: 'moved-to-junk',
  'deleted-items': 'moved-to-deleted-items',
  'recoverable-items': 'soft-deleted',
  quarantine: 'quarantined',
  gone: 'hard-deleted',
};

/** What `latestDelivery.location` says; for recoverable items and hard-deleted mail the documents give no value. */
const locationOf: { [place in Place]?: string } = {
  inbox: 'inbox_folder',
  junk: 'junkFolder',
  'deleted-items': 'deletedFolder',
  'recoverable-items': 'deletedFolder',
  quarantine: 'quarantine',
  gone: 'others',
};

/** Takes the order and answers its bulk id; the mails move later, each for itself. */
export function remediateMail(world: World, order: MailOrder): string {
  const nowMs = world.clock.nowMs();
  const remediation: Remediation = {
    bulkId: randomUUID(),
    atMs: nowMs,
    by: order.by,
    displayName: order.displayName,
    action: order.action,
    mails: {},
  };
  world.remediations.set(remediation.bulkId, remediation);
  world.changed();
  const destination = destinationOf[order.action];

  for (const mailId of new Set(order.mailIds)) {
    const mail = world.mails.get(mailId);
    const write = (effect: string, change: EffectChange) =>
      note(world, remediation, mailId, effect, change, nowMs);
    const wanted = effectOf[destination] ?? 'moved-to-inbox';
    if (mail === undefined) {
      remediation.mails[mailId] = 'failed';
      write(wanted, 'failed');
    } else if ((mail.movingTo ?? mail.place) === destination) {
      // documented as fine: "already in the destination"
      remediation.mails[mailId] = 'already-there';
      write(wanted, 'repeat');
    } else {
      remediation.mails[mailId] = 'pending';
      if (destination === 'inbox') write(effectOf[mail.movingTo ?? mail.place] ?? wanted, 'release-ordered');
      else write(wanted, 'ordered');
      mail.movingTo = destination;
      const dueMs = nowMs + world.scenario.mailDelayMs;
      world.timeline.add(dueMs, { kind: 'move-mail', mailId, bulkId: remediation.bulkId });
    }
  }
  return remediation.bulkId;
}

export function moveMail(world: World, mailId: string, bulkId: string, atMs: number): void {
  const mail = world.mails.get(mailId);
  const remediation = world.remediations.get(bulkId);
  if (mail === undefined || remediation === undefined) return;
  const action = remediation.action as RemediationAction;
  const destination = destinationOf[action];
  if (mail.movingTo === destination) mail.movingTo = null;
  world.changed();

  const { mailRemediation, failingMails } = world.scenario;
  const reachable = mail.place !== 'gone' && mail.place !== 'unreachable';
  if (!reachable || mailRemediation === 'fails' || failingMails.includes(mailId)) {
    remediation.mails[mailId] = 'failed';
    note(world, remediation, mailId, effectOf[destination] ?? 'moved-to-inbox', 'failed', atMs);
  } else if (mailRemediation === 'moves') {
    remediation.mails[mailId] = 'moved';
    put(world, remediation, mail, destination, atMs);
  }
}

function put(world: World, remediation: Remediation, mail: Mail, destination: Place, atMs: number): void {
  const from = mail.place;
  if (from === destination) return;
  mail.place = destination;
  mail.location = locationOf[destination] ?? mail.location;
  mail.timeline.push({
    atMs,
    type: from === 'quarantine' ? 'quarantineRelease' : 'unknown',
    source: 'admin',
    details: remediation.action,
  });
  const left = effectOf[from];
  const entered = effectOf[destination];
  if (left !== undefined) note(world, remediation, mail.id, left, 'released', atMs);
  if (entered !== undefined) note(world, remediation, mail.id, entered, 'applied', atMs);
}

function note(
  world: World,
  remediation: Remediation,
  mailId: string,
  effect: string,
  change: EffectChange,
  atMs: number,
): void {
  const { by, displayName: comment, bulkId: reference } = remediation;
  world.record({ effect, target: `mail:${mailId}`, change, by, comment, reference }, atMs);
}
