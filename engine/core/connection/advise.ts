/** What a failure of a connection means and what to do about it, by its code. */
export interface Advice {
  says: string;
  then: string;
}

const known: { [code: string]: Advice } = {
  unauthorized: {
    says: 'The sign-in was refused.',
    then: 'Check tenant, client id and secret of the connection. A secret that has ended is replaced where it is kept: a file counts at once, Vault and sops within a minute, a variable takes a restart of the workers.',
  },
  forbidden: {
    says: 'It was let in, and a permission is missing.',
    then: 'Give the application the permissions that are named below, and have an administrator of the tenant consent to them.',
  },
  misconfigured: {
    says: 'A setting or a secret of the connection is missing or cannot be used.',
    then: 'Put it right where the secret is kept, or in the file that RIPOSTE_CONNECTIONS names, which takes a restart of the workers.',
  },
  'address-refused': {
    says: 'Its address is one that nothing of ours goes to.',
    then: 'If it is meant, put it on RIPOSTE_ALLOWED_ADDRESSES and restart the workers.',
  },
  throttled: {
    says: 'The vendor asks for fewer requests.',
    then: 'Wait; if it goes on, find out what else uses this application.',
  },
  unavailable: {
    says: 'It could not be reached, or it answered that it is not well.',
    then: 'Look at the vendor’s status page, and whether the workers reach that address.',
  },
  timeout: {
    says: 'It did not answer in time.',
    then: 'Look at the vendor’s status page, and whether the workers reach that address.',
  },
  'no-answer': {
    says: 'It did not answer an order, and nobody knows whether it did it.',
    then: 'The runs that wait for an answer say what to look at; test the connection.',
  },
  'invalid-response': {
    says: 'It answered with something that is no answer of that vendor.',
    then: 'Check the addresses of the connection: a proxy or another server may be answering.',
  },
};

export function advise(code: string): Advice {
  return Object.hasOwn(known, code) && known[code] !== undefined
    ? known[code]
    : { says: `It failed with ${code}.`, then: 'Look at the runs that used it, and test it again.' };
}
