import { ImapFailure } from '../../core/contracts/imap.ts';
import type { Session } from './open-session.ts';

/**
 * Folders that messages lie in. What others share with this person is not theirs, and an action is approved for one
 * mailbox. A name with control characters could not be said back to the server.
 */
export async function listFolders({ client }: Session): Promise<string[]> {
  const entries = await client.list();
  if (!client.usable) throw new ImapFailure('The conversation broke off.', 'unreachable');
  const foreign = [client.namespaces?.other, client.namespaces?.shared]
    .flatMap((spaces) => (Array.isArray(spaces) ? spaces : []))
    .map(({ prefix }) => prefix)
    .filter((prefix) => prefix !== '');
  return entries
    .filter(({ flags }) => ![...flags].some((flag) => /^\\(noselect|nonexistent)$/i.test(flag)))
    .map(({ path }) => path)
    .filter((path) => !/\p{Cc}/u.test(path) && !foreign.some((prefix) => path.startsWith(prefix)));
}

/** Some servers keep everything of a person below a prefix such as `INBOX.`, and the library puts it before every name. */
export function nameOf({ client }: Session, folder: string): string {
  if (folder.toUpperCase() === 'INBOX') return 'INBOX';
  const prefix = client.namespace?.prefix ?? '';
  return folder.startsWith(prefix) ? folder : prefix + folder;
}
