import type { JsonObject } from '../../../schemas/json.ts';
import type { AnalyzedMail } from '../client/analyzed-mail.ts';

const maxLinkDomains = 100;

export function showMessages(mails: AnalyzedMail[], complete: boolean): JsonObject {
  const newestFirst = mails.toSorted((a, b) => (b.receivedMs ?? 0) - (a.receivedMs ?? 0));
  const mailboxes = new Set(mails.flatMap((mail) => mail.mailbox?.toLowerCase() ?? []));
  return {
    messages: newestFirst.map(showMessage),
    mailbox_count: mailboxes.size,
    link_domains: linkDomains(mails),
    complete,
  };
}

function showMessage(mail: AnalyzedMail): JsonObject {
  return {
    id: mail.id,
    mailbox: mail.mailbox ?? '',
    subject: mail.subject,
    sender: mail.sender,
    location: mail.place,
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
