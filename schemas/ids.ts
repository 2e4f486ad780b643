import { v7 } from 'uuid';

/*
 * Every id is an opaque string with a kind prefix, minted here and nowhere else.
 * The body is a UUIDv7, so ids of one kind sort by the moment they were minted and
 * neighbours share index pages. Renaming a prefix breaks stored rows and links.
 */

type Id<Kind extends string> = string & { readonly __id: Kind };

export type TenantId = Id<'TenantId'>;
export type AlertId = Id<'AlertId'>;
export type IncidentId = Id<'IncidentId'>;
export type RunId = Id<'RunId'>;
export type AttemptId = Id<'AttemptId'>;
export type ApprovalId = Id<'ApprovalId'>;
export type DecisionId = Id<'DecisionId'>;
export type DeadlineId = Id<'DeadlineId'>;
export type EntryId = Id<'EntryId'>;
export type PersonId = Id<'PersonId'>;
export type TokenId = Id<'TokenId'>;
export type LotId = Id<'LotId'>;
export type SignalId = Id<'SignalId'>;
export type UndoId = Id<'UndoId'>;
export type TaskId = Id<'TaskId'>;

const prefixes = {
  AlertId: 'alr',
  IncidentId: 'inc',
  RunId: 'run',
  AttemptId: 'att',
  ApprovalId: 'apr',
  DecisionId: 'dec',
  DeadlineId: 'due',
  EntryId: 'ent',
  PersonId: 'per',
  TokenId: 'tok',
  LotId: 'lot',
  SignalId: 'sig',
  UndoId: 'und',
  TaskId: 'tsk',
} as const;

type Minted = keyof typeof prefixes;

/** Mints ids; a port, so that tests can own the sequence. */
export type MintId = <Kind extends Minted>(kind: Kind) => Id<Kind>;

export const mintId: MintId = (kind) => `${prefixes[kind]}_${v7().replaceAll('-', '')}` as never;

/** The only tenant of a single-tenant installation; it still leads every key. */
export const defaultTenant = 'default' as TenantId;
