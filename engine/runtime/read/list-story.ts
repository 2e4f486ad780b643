import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Sql } from '../store/sql.ts';
import { add, type Conditions } from './conditions.ts';
import { type Page, type PageRequest, questionOf, readPage } from './read-page.ts';
import { detailOf, namesTarget } from './story-details.ts';
import { storyEvents } from './story-events.ts';
import type { Target } from './target.ts';
import { timeOf } from './time.ts';

export interface StoryFilter {
  type?: string[] | undefined;
  /** What happened to it: runs as a whole name no target. */
  target?: { kind: string; id: string } | undefined;
  since?: string | undefined;
  until?: string | undefined;
  sort?: 'at' | '-at' | undefined;
}

/** One thing that happened. Fields that its type does not have are null. */
export interface StoryItem {
  at: string;
  type: string;
  /** Of the alert, the run, the attempt, the approval, the task or the undo record that it is about. */
  ref: string;
  run: string | null;
  playbook: { id: string; title: string; version: string } | null;
  /** An alert's or an incident's title, a question, the name of a step. */
  title: string | null;
  severity: string | null;
  mode: string | null;
  action: string | null;
  class: string | null;
  targets: Target[];
  /** What it came to: of a run, an attempt, a vote, a task, an undo record, or the status that an incident was given. */
  state: string | null;
  classification: string | null;
  owner: string | null;
  by: { id: string; name: string } | null;
  comment: string | null;
}

interface Row {
  at: Date;
  type: string;
  detail: Partial<StoryItem>;
}

/** The story of one incident, the oldest on top unless asked otherwise. */
export function listStory(
  sql: Sql,
  tenant: TenantId,
  incident: string,
  filter: StoryFilter,
  request: PageRequest,
): Promise<Page<StoryItem>> {
  const conditions: Conditions = { clauses: ['s.at is not null'], values: [tenant, incident] };
  add(conditions, 's.type = any(?)', filter.type);
  add(conditions, 's.at >= ?::timestamptz', filter.since);
  add(conditions, 's.at < ?::timestamptz', filter.until);
  add(conditions, namesTarget, filter.target && [filter.target.kind, filter.target.id]);
  return readPage<Row, StoryItem>(sql, request, {
    question: questionOf(`story of ${incident}`, filter),
    columns: `s.at, s.type, ${detailOf} as detail`,
    from: 's',
    arms: storyEvents,
    conditions,
    sortColumn: 's.at',
    sortKind: 'time',
    // One row tells several events, and paths of steps are longer than a cursor.
    idColumn: `lpad(s.rank::text, 2, '0') || md5(s.type || ' ' || s.ref)`,
    descending: filter.sort === '-at',
    toItem: ({ at, type, detail }) => ({ ...nothing, ...(detail as JsonObject), at: timeOf(at), type }),
  });
}

const nothing: Omit<StoryItem, 'at' | 'type'> = {
  ref: '',
  run: null,
  playbook: null,
  title: null,
  severity: null,
  mode: null,
  action: null,
  class: null,
  targets: [],
  state: null,
  classification: null,
  owner: null,
  by: null,
  comment: null,
};
