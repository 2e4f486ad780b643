import { dyn, type TypeEnv, type ValueType } from './value-type.ts';

/**
 * The part of the types that makes a difference to data: where a `number` stands, a whole one is a double
 * (7.4). All else is left out, so that converting an alert of a thousand keys does not look each of them up.
 */
export function doublesIn(types: TypeEnv): TypeEnv {
  const found = Object.entries(types).map(([name, type]) => [name, doublesOf(type)] as const);
  return Object.fromEntries(found.filter(([, type]) => type !== dyn));
}

function doublesOf(type: ValueType): ValueType {
  switch (type.t) {
    case 'double':
      return type;
    case 'list': {
      const of = doublesOf(type.of);
      return of === dyn ? dyn : { t: 'list', of };
    }
    case 'map': {
      const fields = doublesIn(type.fields);
      return Object.keys(fields).length === 0 ? dyn : { t: 'map', fields, open: true };
    }
    default:
      return dyn;
  }
}
