import type { TenantId } from '../../../schemas/ids.ts';
import type { Hash } from '../../core/audit/merkle.ts';
import type { Sql } from '../store/sql.ts';
import { readSigned } from './anchor-directory.ts';
import { expectContinuing } from './compare-anchors.ts';
import { knownKeys } from './known-keys.ts';
import type { OwnHeads } from './own-heads.ts';
import type { LogKeys } from './signing-key.ts';

interface Parts {
  database: Sql;
  tenant: TenantId;
  keys: LogKeys;
  heads?: OwnHeads;
  onError(error: Error): void;
}

interface Born {
  first: Hash;
  size: number;
}

const selectBorn = `
select leaf as first, size from audit_log_meta join audit_log using (tenant_id, log_id)
where tenant_id = $1 and log_id = $2 and idx = 0`;

/** Holds the database against what this host signed last. */
export class HeadMemory {
  #parts: Parts;
  #failing = false;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** @throws AuditAlarm audit/fork when the log does not continue it */
  async compare(log: { logId: string; origin: string }): Promise<void> {
    const { database, tenant, keys, heads } = this.#parts;
    const born = await this.#bornAs(log.logId);
    const text = (born && (await heads?.read(born.first))) ?? null;
    // What is damaged says nothing; the next head replaces it.
    const said = text === null ? null : readSigned(text, await knownKeys(database, tenant, log, keys));
    // Read after the file: another process on this host may lead, and what it signs is in the database first.
    const here = said === null ? null : await this.#bornAs(log.logId);
    if (heads === undefined || said === null || here === null) return;
    const { logId } = log;
    await expectContinuing(database, tenant, { logId, size: here.size }, heads.name, said);
  }

  /** A disk that takes nothing keeps nobody from signing; it is said once. */
  async remember(logId: string, note: string): Promise<void> {
    const { heads, onError } = this.#parts;
    if (heads === undefined) return;
    try {
      const born = await this.#bornAs(logId);
      if (born !== null) await heads.write(born.first, note);
      this.#failing = false;
    } catch (cause) {
      if (!this.#failing)
        onError(new Error(`${heads.name} does not take the newest head: ${cause}`, { cause }));
      this.#failing = true;
    }
  }

  async #bornAs(logId: string): Promise<Born | null> {
    const { database, tenant } = this.#parts;
    return (await database.query<Born>(selectBorn, [tenant, logId])).rows[0] ?? null;
  }
}
