-- What every run pays for, made cheaper.

-- The unique index over (tenant_id, run_id, step_path, …) answers what this one did; each attempt is written
-- three times, and each time every index of its row.
drop index attempts_by_run;

-- A scope is rewritten with every decision. Where its page has room the new version stays on it and no index
-- hears of it.
alter table scopes set (fillfactor = 60);
