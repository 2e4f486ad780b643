import { rulePrefix } from '../held-budgets.ts';

/**
 * What holds any question, as a column `held_by`: from one name to the next by the index, past whatever waits for
 * it. A hundred thousand questions have few of them. In: tenant as $1.
 */
export const heldNames = `with recursive names as (
    (select q.held_by from approvals q where q.tenant_id = $1 and q.state = 'pending' and q.held_by is not null
      order by q.held_by limit 1)
    union all
    select (select q.held_by from approvals q where q.tenant_id = $1 and q.state = 'pending' and q.held_by is not null
      and q.held_by > n.held_by order by q.held_by limit 1) from names n where n.held_by is not null
  )`;

/** Questions that `name` holds, the second one on. */
export const secondOf = (name: string) =>
  `select 1 from approvals q where q.tenant_id = $1 and q.held_by = ${name} and q.state = 'pending' offset 1`;

/** Ids of questions that are alone under their rule: cards like any other. */
export const aloneUnderRule = `${heldNames}
  select (select q.id from approvals q where q.tenant_id = $1 and q.held_by = n.held_by and q.state = 'pending' limit 1)
  from names n where n.held_by like '${rulePrefix}%' and not exists (${secondOf('n.held_by')})`;
