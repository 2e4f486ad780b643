import { rulePrefix } from '../held-budgets.ts';

/**
 * Whether a question is shown with others as one: what a budget holds always is, what a rule asks about as soon as
 * there are several. A single one is a card like any other.
 */
export function together(approval: string): string {
  return `(${approval}.held_by is not null and (${approval}.held_by not like '${rulePrefix}%'
    or (${approval}.state = 'pending' and exists (select 1 from approvals o where o.tenant_id = ${approval}.tenant_id
      and o.held_by = ${approval}.held_by and o.state = 'pending' and o.id <> ${approval}.id))))`;
}
