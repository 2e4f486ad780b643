-- When the log was last written, beside its size: found by looking the newest entry up, it cost the reading of a
-- thousand pages whenever the planner held the log for empty.
alter table audit_log_meta add column sealed_at timestamptz not null default clock_timestamp();
