import {
  AndFilter,
  type BerWriter,
  Control,
  EqualityFilter,
  type Filter,
  NotFilter,
  OrFilter,
  PresenceFilter,
} from 'ldapts';
import type { LdapFilter } from '../../core/contracts/ldap.ts';

/** Values go as bytes with their length: nothing in them can end them. */
export function writeFilter(filter: LdapFilter): Filter {
  switch (filter.is) {
    case 'equal': {
      const { attribute, value } = filter;
      return new EqualityFilter({
        attribute,
        value: typeof value === 'string' ? value : Buffer.from(value),
      });
    }
    case 'present':
      return new PresenceFilter({ attribute: filter.attribute });
    case 'not':
      return new NotFilter({ filter: writeFilter(filter.of) });
    case 'all':
      return new AndFilter({ filters: filter.of.map(writeFilter) });
    case 'any':
      return new OrFilter({ filters: filter.of.map(writeFilter) });
  }
}

/** RFC 4528: the request is done only while the entry fulfils the filter, and refused with 122 otherwise. */
export class AssertionControl extends Control {
  readonly #filter: Filter;
  constructor(filter: LdapFilter) {
    super('1.3.6.1.1.12', { critical: true });
    this.#filter = writeFilter(filter);
  }
  protected override writeControl(writer: BerWriter): void {
    writer.startSequence(0x04);
    this.#filter.write(writer);
    writer.endSequence();
  }
}
