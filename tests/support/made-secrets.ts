import { SecretFailure } from '../../engine/core/contracts/secret.ts';
import { openSecrets, type Secrets } from '../../engine/runtime/secrets/open-secrets.ts';

/** A process with these variables, its files, and no store. */
export function madeSecrets(variables: { readonly [name: string]: string } = {}): Secrets {
  return openSecrets({
    variable: (name) => variables[name],
    vault: null,
    sopsEnvironment: () => ({}),
  });
}

/** A process that has none. */
export function noSecret(): Promise<string> {
  return Promise.reject(new SecretFailure('misconfigured', 'the variable that it names is not set.'));
}
