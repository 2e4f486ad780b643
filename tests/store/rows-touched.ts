import type { Sql } from '../../engine/runtime/store/sql.ts';
import type { Statements } from './watch-statements.ts';

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  Plans?: Node[];
}

/**
 * Rows that each statement takes out of tables, those that it throws away included. The statements run once
 * more with the values they came with last, and nothing of it stays.
 */
export async function rowsTouched(
  owner: Sql & Transactions,
  statements: Statements,
): Promise<Map<string, number>> {
  const touched = new Map<string, number>();
  for (const [text, { values }] of statements) {
    const plan = await explained(owner, text, values);
    touched.set(text.replace(/\s+/g, ' ').trim(), fromTables(plan));
  }
  return touched;
}

interface Transactions {
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>;
}

class Undone extends Error {}

async function explained(owner: Transactions, text: string, values: readonly unknown[]): Promise<Node> {
  let plan: Node | undefined;
  const work = owner.transaction(async (tx) => {
    const { rows } = await tx.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
      `explain (analyze, format json) ${text}`,
      values,
    );
    plan = rows[0]?.['QUERY PLAN'][0].Plan;
    throw new Undone();
  });
  await work.catch((error: unknown) => {
    if (!(error instanceof Undone)) throw error;
  });
  if (plan === undefined) throw new Error(`no plan for ${text}`);
  return plan;
}

function fromTables(node: Node): number {
  const below = (node.Plans ?? []).reduce((sum, each) => sum + fromTables(each), 0);
  if (node['Relation Name'] === undefined) return below;
  const perLoop =
    node['Actual Rows'] +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0);
  return below + Math.ceil(perLoop * node['Actual Loops']);
}
