/*
 * Where people are told about a question: `chat:soc-approvals`, `mail:soc@example.test`, and with a connection
 * named `chat:emea/soc-approvals`. The word before the colon is a system whose actions can tell people, or `mail`,
 * which goes through a relay of its own. Stored with questions: renaming a word breaks them.
 */

export interface Destination {
  prefix: string;
  /** The system of the connection that it goes through. */
  system: string;
  /** Id of a connection; null: there is exactly one. */
  connection: string | null;
  /** As the system knows it: a channel, an address. */
  to: string;
}

/** Mail is no action: the connection's system is the relay that takes it. */
export const mailSystem = 'smtp';

const form = /^(?<prefix>[a-z][a-z0-9-]*):(?:(?<connection>[a-z][a-z0-9-]{0,63})\/)?(?<to>\S+)$/;
const address = /^[^\s@<>",;:\\()[\]]{1,64}@[A-Za-z0-9.-]{1,190}$/;

export function destinationOf(text: string): Destination | null {
  const { prefix, connection, to } = form.exec(text)?.groups ?? {};
  if (prefix === undefined || to === undefined) return null;
  return { prefix, system: prefix === 'mail' ? mailSystem : prefix, connection: connection ?? null, to };
}

/**
 * What speaks against a destination, for people; null when it leads to exactly one connection.
 *
 * @param tellers systems whose actions can tell people
 * @param connections ids by system; null: they are not known here
 */
export function objectionToDestination(
  text: string,
  tellers: ReadonlySet<string>,
  connections: ReadonlyMap<string, readonly string[]> | null,
): string | null {
  const found = destinationOf(text);
  if (found === null) return `"${text}" is not of the form chat:channel or mail:address`;
  const { prefix, system, connection, to } = found;
  if (prefix !== 'mail' && !tellers.has(system)) {
    const known = [...tellers, 'mail'].toSorted().join(', ');
    return `nothing tells people through "${prefix}:"; there is ${known}`;
  }
  if (prefix === 'mail' && !address.test(to)) return `"${to}" is not one mail address`;
  if (connections === null) return null;
  const ids = connections.get(system) ?? [];
  if (connection !== null && !ids.includes(connection))
    return `"${connection}" is not a connection of the system "${system}"; known: ${ids.join(', ') || 'none'}`;
  if (ids.length === 0) return `no connection of the system "${system}" is configured`;
  if (connection === null && ids.length > 1)
    return `the system "${system}" has several connections; write ${prefix}:${ids[0]}/${to} or another of ${ids.join(', ')}`;
  return null;
}
