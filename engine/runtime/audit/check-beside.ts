import type { TenantId } from '../../../schemas/ids.ts';
import { besideOf, fitsBeside } from '../../core/audit/beside.ts';
import type { Entry } from '../../core/contracts/entry.ts';
import type { Sql } from '../store/sql.ts';
import { readBeside } from './read-beside.ts';
import type { ProblemList } from './verification.ts';

/** What did not fit into an entry is there and is what the entry says. Few entries are that long. */
export class BesideCheck {
  #sql: Sql;
  #tenant: TenantId;
  #list: ProblemList;

  constructor(sql: Sql, tenant: TenantId, list: ProblemList) {
    this.#sql = sql;
    this.#tenant = tenant;
    this.#list = list;
  }

  async pass(index: number, entry: Entry): Promise<void> {
    const sha256 = besideOf(entry);
    if (sha256 === null) return;
    const bytes = await readBeside(this.#sql, this.#tenant, entry);
    if (bytes === null)
      this.#list.add('data-missing', index, `what the entry keeps beside itself is missing (${sha256})`);
    else if (!fitsBeside(bytes, sha256))
      this.#list.add('data-mismatch', index, `what is kept beside the entry is not what it says (${sha256})`);
  }
}
