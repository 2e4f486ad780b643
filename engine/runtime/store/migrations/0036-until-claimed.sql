-- Until when a worker may take an attempt (decision record 0019). What was judged and said yes to is old after that: the
-- attempt is taken back and judged anew, and its number comes again.
alter table attempts add column claim_before timestamptz;
alter type new_attempt add attribute claim_before_ms bigint;
alter table attempts drop constraint attempts_tenant_id_run_id_step_path_generation_purpose_numb_key;
create unique index attempts_one_of_a_number on attempts (tenant_id, run_id, step_path, generation, purpose, number,
  (case when state = 'revoked' then id else '' end));
