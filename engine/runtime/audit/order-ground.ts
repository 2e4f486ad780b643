import type { TenantId } from '../../../schemas/ids.ts';
import {
  type Doubt,
  encodeDoubt,
  type IncarnationTerms,
  type KeyTerms,
  type OrderTerms,
  type PlaceTerms,
  type PlaceWord,
  type TruncationTerms,
} from '../../core/audit/order.ts';
import {
  type NewestLog,
  readDoubt,
  readGivenUp,
  readHold,
  readNewestLog,
} from '../store/queries/audit-orders.ts';
import type { Sql } from '../store/sql.ts';
import { headHere } from './head-here.ts';
import { alreadyGivenUp, placeGround } from './place-ground.ts';
import { type TruncationWish, truncationGround } from './truncation-ground.ts';

/*
 * What an order about the log rests on, read when it is proposed and looked at again when it is confirmed and
 * when it is done: nobody orders what is not so any more.
 */

export type Wish =
  | { kind: 'incarnation'; oldKey: 'good' | 'lost' }
  | { kind: 'key' }
  | ({ kind: 'truncation' } & TruncationWish)
  | { kind: 'place'; place: string };

type Ground =
  | Omit<IncarnationTerms, Personal>
  | Omit<KeyTerms, Personal>
  | Omit<TruncationTerms, Personal>
  | Omit<PlaceTerms, Personal>;
type Personal = 'reason' | 'proposedBy' | 'proposedAt';

/** The terms that the wish comes to, or why nothing can be ordered. */
export async function groundOf(sql: Sql, tenant: TenantId, wish: Wish): Promise<Ground | string> {
  const newest = await readNewestLog(sql, tenant);
  const hold = await readHold(sql, tenant);
  switch (wish.kind) {
    case 'incarnation': {
      const { kind, oldKey } = wish;
      if (hold === null) {
        if (oldKey === 'good') return 'the log is not held, so there is nothing that a new one would end';
        if (newest === null) return 'no log has begun yet';
        return { kind, oldKey, log: newest.logId, doubt: await doubtOfKey(sql, tenant, newest) };
      }
      const doubt = await readDoubt(sql, tenant);
      if (doubt === null)
        return 'the sequencer has not said yet what it found; it has to run, with its anchors, to say it';
      return { kind, oldKey, log: doubt.log, doubt };
    }
    case 'key':
      if (hold !== null) return 'the log is held; a new log brings its own key';
      if (newest?.vkey == null) return 'no log has begun yet';
      return { kind: 'key', log: newest.logId, key: newest.vkey };
    case 'truncation':
      if (hold !== null) return 'the log is held; its evidence stays';
      if (newest === null) return 'no log has begun yet';
      return await truncationGround(sql, tenant, newest, wish);
    case 'place':
      if (hold !== null) return 'the log is held; what stands outside is evidence until a new one has begun';
      if (newest === null) return 'no log has begun yet';
      return await placeGround(sql, tenant, newest, wish);
  }
}

/** Null while the ground still holds. */
export async function whyStale(sql: Sql, tenant: TenantId, terms: OrderTerms): Promise<string | null> {
  const newest = await readNewestLog(sql, tenant);
  const hold = await readHold(sql, tenant);
  if (newest !== null && newest.logId !== terms.log) return 'another log has begun meanwhile';
  switch (terms.kind) {
    case 'incarnation': {
      if (terms.doubt.code === 'audit/bad-signature')
        return hold === null ? null : 'the log is held meanwhile; read why and propose again';
      if (hold === null) return 'the log is not held any more';
      const doubt = await readDoubt(sql, tenant);
      return doubt !== null && encodeDoubt(doubt) === encodeDoubt(terms.doubt) ? null : changed;
    }
    case 'key':
      if (hold !== null) return 'the log is held meanwhile; a new log brings its own key';
      return newest?.vkey === terms.key ? null : 'the log has another key meanwhile';
    case 'truncation':
      if (hold !== null) return 'the log is held meanwhile; its evidence stays';
      return newest?.minIndex === terms.from ? null : 'the log was truncated meanwhile';
    case 'place':
      if (hold !== null) return 'the log is held meanwhile; what stands outside is evidence';
      return (await readGivenUp(sql, tenant)).includes(terms.place) ? alreadyGivenUp : null;
  }
}

const changed = 'what is known of the log has changed since this was proposed; read it and propose again';

const selectCarried = `
select place, size from audit_anchor where tenant_id = $1 and log_id = $2 order by place`;

/** Nothing contradicts anything; the key is what nobody believes any more. The log goes on until it is closed. */
async function doubtOfKey(sql: Sql, tenant: TenantId, { logId, origin, vkey }: NewestLog): Promise<Doubt> {
  const carried = await sql.query<{ place: string; size: number }>(selectCarried, [tenant, logId]);
  return {
    code: 'audit/bad-signature',
    why: 'its key is lost, or somebody else may have it',
    log: logId,
    origin,
    key: vkey,
    ...(await headHere(sql, tenant, logId)),
    places: carried.rows.map(
      ({ place, size: brought }): PlaceWord => ({
        place,
        unknown: `brought there from here: ${brought} entries`,
      }),
    ),
  };
}
