import type { TenantId } from '../../../schemas/ids.ts';
import type { Sql } from '../store/sql.ts';
import { AuditAlarm } from './alarm.ts';
import type { AnchorPlace } from './anchor-place.ts';
import { carryCheckpoints } from './carry-checkpoints.ts';
import type { Claim } from './claim-log.ts';
import { compareAnchors } from './compare-anchors.ts';
import { noteMissing } from './place-trouble.ts';
import type { LogKeys } from './signing-key.ts';
import { notPromoted } from './watch-log.ts';

/*
 * Which places outside have agreed with the log since the database runs where it runs. Once all of them
 * have, that is noted, and only then does a process that contains anything believe the database.
 */

const note = 'select note_compared($1, $2, $3, $4, $5)';

interface Parts {
  database: Sql;
  tenant: TenantId;
  keys: LogKeys;
  /** Those that are configured and not given up, as of now. */
  places(): readonly AnchorPlace[];
  onError(error: Error): void;
}

export class LogComparison {
  #parts: Parts;
  #agreed = new Set<string>();
  /** Where the database ran when the last comparison began; null before the first one. */
  place: string | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Directories are asked, and nothing is sealed before they have answered. A witness answers only to what it
   * is brought: its no counts as much, but one that is away delays what it has to agree with, not the log.
   * @throws AuditAlarm audit/fork; Error when a directory does not answer
   */
  async compare(log: { logId: string; origin: string }): Promise<void> {
    const { database, tenant, keys, onError } = this.#parts;
    const places = this.#parts.places();
    const { rows } = await database.query<{ place: string; recovering: boolean }>(
      'select audit_place() as place, pg_is_in_recovery() as recovering',
    );
    // It may lack for a moment what a place outside has.
    if (rows[0]?.recovering === true) throw new Error(notPromoted);
    this.#agreed.clear();
    await compareAnchors(database, tenant, places, log, keys);
    for (const place of places) {
      if (place.wants === 'newest') {
        try {
          await carryCheckpoints(database, tenant, place, keys, { again: true });
        } catch (error) {
          if (error instanceof AuditAlarm) throw error;
          onError(error instanceof Error ? error : new Error(String(error)));
          continue;
        }
      }
      this.#agreed.add(place.name);
    }
    this.place = rows[0]?.place ?? null;
  }

  /** @returns whether it is the last one that was missing */
  add(place: AnchorPlace): boolean {
    if (this.#agreed.has(place.name)) return false;
    this.#agreed.add(place.name);
    return this.#complete;
  }

  /** For the one who leads the log. A sequencer that knows no place has compared nothing. */
  async noteFor({ logId, epoch }: Pick<Claim, 'logId' | 'epoch'>): Promise<void> {
    const { database, tenant } = this.#parts;
    const names = this.#parts.places().map(({ name }) => name);
    if (names.length > 0 && this.#complete)
      await database.query(note, [tenant, logId, epoch, this.place, names]);
    await noteMissing(database, tenant, logId, names);
  }

  get #complete(): boolean {
    return this.#parts.places().every(({ name }) => this.#agreed.has(name));
  }
}
