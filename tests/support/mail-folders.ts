import type { AppendResponseObject, ImapFlow } from 'imapflow';

/** One message as it comes in, with the headers that are given. */
export async function deliver(
  client: ImapFlow,
  folder: string,
  headers: { [name: string]: string },
  flags: string[] = [],
): Promise<AppendResponseObject> {
  const given = { From: 'Billing <billing@phish.example>', Subject: 'Your invoice', ...headers };
  const lines = Object.entries(given).map(([name, value]) => `${name}: ${value}\r\n`);
  const appended = await client.append(folder, `${lines.join('')}\r\nPay.\r\n`, flags);
  if (appended === false) throw new Error(`${folder} took no message`);
  return appended;
}

/** Message-IDs and flags in a folder; null where there is none of that name. */
export async function contentOf(
  client: ImapFlow,
  folder: string,
): Promise<{ id: string | undefined; uid: number; flags: string[] }[] | null> {
  const listed = await client.list();
  if (!listed.some(({ path }) => path === folder)) return null;
  const { exists } = await client.mailboxOpen(folder, { readOnly: true });
  if (exists === 0) return [];
  const rows = await client.fetchAll('1:*', { uid: true, envelope: true, flags: true });
  return rows.map(({ uid, envelope, flags }) => ({
    id: envelope?.messageId,
    uid,
    flags: [...(flags ?? [])].filter((flag) => flag !== '\\Recent').toSorted(),
  }));
}
