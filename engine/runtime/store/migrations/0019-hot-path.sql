-- A step is rewritten with every move of its run. An index with `phase` in its condition made each of these a new
-- entry in every index of the table; `held` hardly ever changes, so the new version stays on its page.
alter table steps add column held boolean not null generated always as (phase is not distinct from 'held') stored;
drop index steps_held;
create index steps_held on steps (tenant_id, target_kind, target_id) where held;
alter table steps set (fillfactor = 60);
