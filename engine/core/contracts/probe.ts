import type { ActionContext, Failure, SecretScheme } from './action.ts';

/*
 * What a connector can say of a connection before it is needed. Asking costs nothing and changes nothing: it signs in,
 * reads the rights out of what the vendor gave, and looks at something harmless.
 */

/** `unknown`: the vendor does not say, or says something that we cannot weigh. Never a guess. */
export type Right = 'held' | 'missing' | 'unknown';

export interface Look {
  /** In few words: `sign in`, `read one device`. */
  what: string;
  /** Null: it went well. */
  failure: Failure | null;
}

/** Whether a secret of the connection can be read, never what it is. */
export interface SecretLook {
  name: string;
  from: SecretScheme;
  /** Null: it can. */
  failure: Failure | null;
}

export interface ProbeOutcome {
  /** In the order in which they were done; what came after a failure that ended it is not there. */
  looks: readonly Look[];
  /** Of the permissions that were asked about, as manifests write them; one that is not here is unknown. */
  rights: { readonly [permission: string]: Right };
}

/** @param permissions what the actions of the system need, as their manifests write it */
export type Probe = (context: ActionContext, permissions: readonly string[]) => Promise<ProbeOutcome>;

/** By system. A system that is not here has no way to ask. */
export type ProbeRegistry = ReadonlyMap<string, Probe>;
