import type { ActionManifest, SecretScheme } from '../contracts/action.ts';
import type { Look, ProbeOutcome, Right, SecretLook } from '../contracts/probe.ts';

/*
 * From what a probe found to what each action of the system may do over this connection. It knows no vendor: what a
 * permission includes was weighed by the connector.
 */

/** Stored in rows and entries: renaming one breaks them. */
export type TestState = 'works' | 'limited' | 'failing' | 'unknown';

export interface ActionRight {
  action: string;
  title: string;
  may: 'yes' | 'no' | 'unknown';
  /** What is missing, or what nobody could say; as the manifest writes it. */
  lacks: readonly string[];
}

/** Where a secret comes from, by its scheme alone, and whether it can be read: `later` may pass by itself. */
export interface SecretWord {
  name: string;
  from: SecretScheme;
  readable: 'yes' | 'later' | 'no';
}

export interface TestResult {
  state: TestState;
  looks: readonly { what: string; code: string | null; text: string | null }[];
  actions: readonly ActionRight[];
  /** Absent in what was stored before it was asked. */
  secrets?: readonly SecretWord[];
}

/**
 * A secret that cannot be read is a look that failed: no action that takes it gets anywhere.
 * @param outcome null: the system has no way to ask
 */
export function judgeProbe(
  manifests: readonly Pick<ActionManifest, 'key' | 'title' | 'permissions'>[],
  outcome: ProbeOutcome | null,
  secrets: readonly SecretLook[] = [],
): TestResult {
  const unread = secrets.filter(({ failure }) => failure !== null);
  const looks: Look[] = [
    ...unread.map(({ name, failure }) => ({ what: `read the secret "${name}"`, failure })),
    ...(outcome?.looks ?? []),
  ];
  const actions = manifests.map((manifest) => rightOf(manifest, outcome?.rights ?? {}));
  return {
    state: stateOf(looks, actions),
    looks: looks.map(({ what, failure }) => ({
      what,
      code: failure?.code ?? null,
      text: failure === null ? null : shorten(failure.message),
    })),
    actions,
    secrets: secrets.map(({ name, from, failure }) => ({ name, from, readable: readableBy(failure) })),
  };
}

function readableBy(failure: Look['failure']): SecretWord['readable'] {
  if (failure === null) return 'yes';
  return failure.kind === 'retryable' ? 'later' : 'no';
}

function rightOf(
  { key, title, permissions }: Pick<ActionManifest, 'key' | 'title' | 'permissions'>,
  rights: { readonly [permission: string]: Right },
): ActionRight {
  const of = (permission: string): Right =>
    Object.hasOwn(rights, permission) ? (rights[permission] ?? 'unknown') : 'unknown';
  const missing = permissions.filter((permission) => of(permission) === 'missing');
  if (missing.length > 0) return { action: key, title, may: 'no', lacks: missing };
  const unsaid = permissions.filter((permission) => of(permission) === 'unknown');
  // An action that names no permission needs something that is not written as one, e.g. an address that is secret.
  const known = unsaid.length === 0 && permissions.length > 0;
  return { action: key, title, may: known ? 'yes' : 'unknown', lacks: unsaid };
}

/** Who is told "forbidden" has been let in: the connection works, and one right of it is missing. */
function stateOf(looks: readonly Look[], actions: readonly ActionRight[]): TestState {
  if (looks.length === 0) return 'unknown';
  if (looks.some(({ failure }) => failure !== null && failure.code !== 'forbidden')) return 'failing';
  const limited = looks.some(({ failure }) => failure !== null) || actions.some(({ may }) => may === 'no');
  return limited ? 'limited' : 'works';
}

/** One line that people read and the log keeps; of a vendor that answers with a megabyte the beginning. */
function shorten(message: string): string {
  const line = message
    .slice(0, 4 * textMax)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim();
  return line.length <= textMax ? line : `${line.slice(0, textMax - 1).toWellFormed()}…`;
}

const textMax = 300;

/** "edr.isolate-host may; edr.release-host may not: WindowsDefenderATP: Machine.Isolate" in the fields of an entry. */
export function wordsOf({ state, looks, actions }: TestResult): {
  state: string;
  failed: string;
  mayNot: string;
  unknown: string;
} {
  const named = (may: ActionRight['may']) =>
    actions.filter((each) => each.may === may).map(({ action, lacks }) => ({ action, lacks }));
  return {
    state,
    failed: looks.flatMap(({ what, code }) => (code === null ? [] : [`${what}: ${code}`])).join('; '),
    mayNot: named('no')
      .map(({ action, lacks }) => `${action} (${lacks.join(', ')})`)
      .join('; '),
    unknown: named('unknown')
      .map(({ action }) => action)
      .join(', '),
  };
}
