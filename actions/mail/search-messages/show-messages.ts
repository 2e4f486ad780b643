import type { JsonObject } from '../../../schemas/json.ts';
import type { AnalyzedMail } from '../client/analyzed-mail.ts';

const maxLinkDomains = 100;
/** A step keeps this much (language reference 9.16). What is larger is not kept at all. */
const outputBytesMax = 256 * 1024;

/**
 * The mails in full as long as that fits. A subject is as long as its sender likes, so it must not decide
 * whether a campaign can be swept: when it does not fit, each copy says only what a sweep needs. That is about
 * 130 bytes with an address of 33, so 2,000 copies fit.
 */
export function showMessages(mails: AnalyzedMail[], complete: boolean): JsonObject {
  const full = show(mails, complete, showMessage);
  if (Buffer.byteLength(JSON.stringify(full), 'utf8') <= outputBytesMax) return full;
  return show(mails, complete, showCopy);
}

function show(
  mails: AnalyzedMail[],
  complete: boolean,
  showOne: (mail: AnalyzedMail) => JsonObject,
): JsonObject {
  const newestFirst = mails.toSorted((a, b) => (b.receivedMs ?? 0) - (a.receivedMs ?? 0));
  const mailboxes = new Set(mails.flatMap((mail) => mail.mailbox?.toLowerCase() ?? []));
  return {
    messages: newestFirst.map(showOne),
    mailbox_count: mailboxes.size,
    link_domains: linkDomains(mails),
    complete,
  };
}

function showCopy(mail: AnalyzedMail): JsonObject {
  return { id: mail.id, mailbox: mail.mailbox ?? '', location: mail.place };
}

function showMessage(mail: AnalyzedMail): JsonObject {
  return {
    ...showCopy(mail),
    subject: mail.subject,
    sender: mail.sender,
    ...(mail.networkMessageId === null ? {} : { network_message_id: mail.networkMessageId }),
    ...(mail.receivedMs === null ? {} : { received_at: new Date(mail.receivedMs).toISOString() }),
  };
}

function linkDomains(mails: AnalyzedMail[]): string[] {
  const hosts = new Set<string>();
  for (const link of mails.flatMap((mail) => mail.links)) {
    if (URL.canParse(link)) hosts.add(new URL(link).hostname);
  }
  return [...hosts]
    .filter((host) => host !== '')
    .sort()
    .slice(0, maxLinkDomains);
}
