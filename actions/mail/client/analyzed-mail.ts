import type { JsonObject } from '../../../schemas/json.ts';
import { nonEmptyTextOf, objectOf, rowsOf } from '../../client/read-field.ts';

/** One copy of a message in one mailbox, as Defender for Office 365 analysed it (facts 5.5). */
export interface AnalyzedMail {
  id: string;
  networkMessageId: string | null;
  mailbox: string | null;
  subject: string;
  /** The sender that people see; that of the envelope where no other one is told. */
  sender: string;
  /** Whom bounces go to; empty if it is not told. */
  envelopeSender: string;
  receivedMs: number | null;
  place: Place;
  links: string[];
  /** SHA-256 of each attachment, in lower case. */
  attachmentHashes: string[];
}

export type Place =
  | 'inbox'
  | 'junk'
  | 'deleted'
  | 'quarantine'
  | 'external'
  | 'failed'
  | 'dropped'
  | 'other'
  | 'unknown';

/** Null when it has no id: then it cannot be acted on. */
export function readAnalyzedMail(row: JsonObject): AnalyzedMail | null {
  const id = nonEmptyTextOf(row, 'id');
  if (id === null) return null;
  const sender = objectOf(row, 'senderDetail');
  const envelopeSender = nonEmptyTextOf(sender, 'mailFromAddress') ?? '';
  return {
    id,
    networkMessageId: nonEmptyTextOf(row, 'networkMessageId'),
    mailbox: nonEmptyTextOf(row, 'recipientEmailAddress'),
    subject: nonEmptyTextOf(row, 'subject') ?? '',
    sender: nonEmptyTextOf(sender, 'fromAddress') ?? envelopeSender,
    envelopeSender,
    receivedMs: instantOf(nonEmptyTextOf(row, 'loggedDateTime')),
    place: placeOf(nonEmptyTextOf(objectOf(row, 'latestDelivery'), 'location') ?? ''),
    links: (rowsOf(row, 'urls') ?? []).flatMap((link) => nonEmptyTextOf(link, 'url') ?? []),
    attachmentHashes: (rowsOf(row, 'attachments') ?? []).flatMap(
      (file) => nonEmptyTextOf(file, 'sha256')?.toLowerCase() ?? [],
    ),
  };
}

function instantOf(text: string | null): number | null {
  const ms = Date.parse(text ?? '');
  return Number.isNaN(ms) ? null : ms;
}

/** The documented words and the spellings seen in the field: `inbox_folder` and `Inbox` are one place. */
function placeOf(location: string): Place {
  switch (location.toLowerCase().replace(/_?folder$/, '')) {
    case 'inbox':
      return 'inbox';
    case 'junk':
      return 'junk';
    case 'deleted':
      return 'deleted';
    case 'quarantine':
      return 'quarantine';
    case 'onprem_external':
      return 'external';
    case 'failed':
      return 'failed';
    case 'dropped':
      return 'dropped';
    case 'others':
      return 'other';
    default:
      return 'unknown';
  }
}

/** Remediation does not reach mail outside the tenant or mail that was never delivered (facts 7.7). */
export function isOutOfReach(place: Place): boolean {
  return place === 'external' || place === 'failed' || place === 'dropped';
}
