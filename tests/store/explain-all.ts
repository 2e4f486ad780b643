import type { TestDatabase } from '../support/database.ts';
import type { Statements } from './watch-statements.ts';

/** A step of a plan that looks at every row there is. */
export interface WholeRead {
  table: string;
  /** Undefined: without any. */
  index?: string | undefined;
  how: string;
  statement: string;
}

interface Explained {
  'QUERY PLAN': [{ Plan: Node }];
}

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Index Cond'?: string;
  Plans?: Node[];
}

/** Has no plan, or is one of ours that reads none of the tables that grow. */
const planless = /^\s*(lock|set|savepoint|release|rollback|begin|commit|listen|notify)\b/i;

/** A thousand rows are read in a millisecond; more is what grows with the installation. */
const smallMax = 1_000;

/**
 * What PostgreSQL would do for each statement with the values it last came with, if it had to avoid reading
 * tables from end to end. What functions of the schema ask inside is not seen.
 */
export async function explainAll(database: TestDatabase, statements: Statements): Promise<WholeRead[]> {
  const { rows } = await database.owner.query<{ name: string }>(
    `select relname as name from pg_class where relkind in ('r', 'i') and relnamespace = 'riposte'::regnamespace
       and reltuples > $1`,
    [smallMax],
  );
  const large = new Set(rows.map((row) => row.name));
  const found: WholeRead[] = [];
  for (const [text, { values, inTransaction }] of statements) {
    if (planless.test(text)) continue;
    const explained = await database.owner.transaction(async (tx) => {
      // At any size: what has an index to use shows it, and what reads a table all the same has none.
      await tx.query('set local enable_seqscan = off');
      await tx.query('set local enable_hashjoin = off');
      await tx.query('set local enable_mergejoin = off');
      // What is prepared has one plan for all values: an index of some rows only must not hang on one of them.
      return inTransaction
        ? tx.query<Explained>(`explain (generic_plan, format json) ${text}`)
        : tx.query<Explained>(`explain (format json) ${text}`, values);
    });
    const plan = explained.rows[0]?.['QUERY PLAN'][0].Plan;
    if (plan === undefined) throw new Error(`no plan for ${text}`);
    for (const { table, index, how } of wholeReads(plan, false)) {
      // An index of the work at hand, as that of attempts under way, is small however large its table is.
      if (large.has(table) && (index === undefined || large.has(index)))
        found.push({ table, index, how, statement: text.replace(/\s+/g, ' ').trim() });
    }
  }
  return found;
}

/** @param limited above it stands a limit, so that reading in the order of an index ends early */
function wholeReads(node: Node, limited: boolean, heap?: string): Omit<WholeRead, 'statement'>[] {
  const here = node['Node Type'];
  const table = node['Relation Name'] ?? heap;
  const below = (node.Plans ?? []).flatMap((each) =>
    wholeReads(
      each,
      here === 'Limit' || (limited && passesOn.has(here)),
      bitmaps.has(here) ? table : undefined,
    ),
  );
  // A bitmap is whole before its first row is looked at, whatever stands above it.
  if (table === undefined || (limited && here !== 'Bitmap Index Scan')) return below;
  if (here === 'Seq Scan') return [...below, { table, how: here }];
  const byIndex = here === 'Index Scan' || here === 'Index Only Scan' || here === 'Bitmap Index Scan';
  if (byIndex && wholeIndex(node['Index Cond'])) {
    const index = node['Index Name'] ?? '?';
    return [...below, { table, index, how: `${here} over all of ${index}` }];
  }
  return below;
}

/** One tenant is everything there is, in most installations. */
function wholeIndex(condition: string | undefined): boolean {
  return condition === undefined || /^\(tenant_id = [^()]*\)$/.test(condition);
}

/** Nodes whose indexes are below them and do not say themselves of which table they are. */
const bitmaps = new Set(['Bitmap Heap Scan', 'BitmapOr', 'BitmapAnd']);

/** Nodes that ask no more of what is below than is asked of them. */
const passesOn = new Set(['Nested Loop', 'LockRows', 'Result', 'Subquery Scan', 'Append', 'Merge Append']);
