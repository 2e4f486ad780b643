import type { Given } from '../../../schemas/cases-v1.generated.ts';
import type { Voter } from '../approval/judge-approval.ts';

/*
 * Who decides in a case. Somebody named stands in `given.people`, or is asked by address alone;
 * somebody of a group is made up, one more for each vote, since a quorum counts different people.
 */
export class People {
  readonly #known: NonNullable<Given['people']>;

  constructor(known: Given['people']) {
    this.#known = known ?? {};
  }

  /** The ids of those who started the run and may not decide about it. */
  starters(): string[] {
    return Object.entries(this.#known).flatMap(([address, person]) =>
      person.started === true ? [address] : [],
    );
  }

  /** `number` tells made-up people apart: the first voter is 1. */
  voter(by: string, number: number): Voter {
    const colon = by.indexOf(':');
    const kind = by.slice(0, colon);
    const name = by.slice(colon + 1);
    switch (kind) {
      case 'user':
        return this.#named(name);
      case 'group':
        return madeUp(by, number, [name], []);
      case 'oncall':
        return madeUp(by, number, [by], []);
      default:
        return madeUp(by, number, [], [name]);
    }
  }

  /** Somebody whom the request asks. */
  fitting(approvers: readonly string[], number: number): Voter {
    return this.voter(approvers[0] ?? 'role:approver', number);
  }

  #named(address: string): Voter {
    const known = this.#known[address];
    return {
      kind: 'person',
      id: address,
      personId: address,
      email: address,
      roles: known?.roles ?? ['approver'],
      groups: known?.groups ?? [],
      active: known?.active ?? true,
    };
  }
}

function madeUp(by: string, number: number, groups: string[], roles: string[]): Voter {
  const id = number === 1 ? `somebody of ${by}` : `somebody of ${by} (${number})`;
  return {
    kind: 'person',
    id,
    personId: id,
    email: null,
    roles: ['approver', ...roles],
    groups,
    active: true,
  };
}
