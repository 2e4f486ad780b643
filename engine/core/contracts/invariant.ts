/** A bug of ours: the third kind of error, which stops what is going on instead of guessing. */
export class InvariantBroken extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'InvariantBroken';
  }
}

/** @param message as a function where it is put together and the condition is asked for every entry or move */
export function invariant(condition: boolean, message: string | (() => string)): asserts condition {
  if (!condition) throw new InvariantBroken(typeof message === 'string' ? message : message());
}

/** Closes a `switch` over a union, so that a new member is a type error and never a silence. */
export function assertNever(value: never, what: string): never {
  throw new InvariantBroken(`${what}: unexpected ${JSON.stringify(value)}`);
}
