/** What something is done to, as the API shows it. */
export interface Target {
  kind: string;
  id: string;
  name: string | null;
}

/** `host:H17`; the id may hold colons itself. Null when it is not of that form. */
export function readTarget(text: string): { kind: string; id: string } | null {
  const colon = text.indexOf(':');
  if (colon < 1 || colon === text.length - 1) return null;
  return { kind: text.slice(0, colon), id: text.slice(colon + 1) };
}

export function targetOf(kind: string | null, id: string | null, name: string | null = null): Target | null {
  return kind === null || id === null ? null : { kind, id, name };
}
