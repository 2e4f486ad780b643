import type { TypeEnv, ValueType } from '../expression/value-type.ts';

/** The root names an expression can use, and the ones it will look for in vain. */
export interface Names {
  types: TypeEnv;
  /** Names of the language that are not here, each with the reason. */
  elsewhere: ReadonlyMap<string, string>;
}

const homes: Readonly<Record<string, string>> = {
  alert: 'there is no alert here',
  target: 'it is seen only in "from" of inputs',
  inputs: 'inputs are filled after this is evaluated',
  vars: 'run variables are evaluated after this',
  steps: 'no step has run when this is evaluated',
  run: 'there is no run yet when this is evaluated',
  signal: 'it is seen only in "match" of a wait',
  failure: 'it is seen only in on_error steps and on_failure',
  guard: 'it is seen only in deny_if',
  item: 'it is seen only inside a foreach',
  index: 'it is seen only inside a foreach',
};

export function namesOf(types: TypeEnv, reasons: { [name: string]: string } = {}): Names {
  const missing = Object.entries({ ...homes, ...reasons }).filter(([name]) => !Object.hasOwn(types, name));
  return { types, elsewhere: new Map(missing) };
}

export function withName(names: Names, name: string, type: ValueType): Names {
  const elsewhere = new Map(names.elsewhere);
  elsewhere.delete(name);
  return { types: { ...names.types, [name]: type }, elsewhere };
}
