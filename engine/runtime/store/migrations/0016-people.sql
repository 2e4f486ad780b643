-- The clock of a question stands while everything is paused (decision record 0019). Since when it is paused is
-- the database's word; a second word for a pause that is in force keeps it.
alter table pauses add column since timestamptz;
update pauses set since = set_at where active;
create function note_pause() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  if not new.active then new.since := null;
  elsif tg_op = 'INSERT' or not old.active then new.since := clock_timestamp();
  else new.since := old.since;
  end if;
  return new;
end $$;
create trigger pauses_since before insert or update on pauses for each row execute function note_pause();

-- How long the clock of this question stood in pauses that are over. `approve_before` has moved by as much, and
-- by nothing else but the one extension.
alter table approvals add column paused_ms bigint not null default 0 check (paused_ms >= 0);
drop trigger approvals_fixed on approvals;
create trigger approvals_fixed
  before update of digest, plan, card, quorum, separate, require_comment, run_id, step_path, ask_number, approvers,
    excluded, approve_before, extended_at, paused_ms, consumed_at on approvals for each row
  when (old.digest <> new.digest or old.plan <> new.plan or old.quorum <> new.quorum
    or old.card::text <> new.card::text or old.separate <> new.separate or old.require_comment <> new.require_comment
    or old.run_id <> new.run_id or old.step_path <> new.step_path or old.ask_number <> new.ask_number
    or not (old.approvers <@ new.approvers) or not (old.excluded <@ new.excluded)
    or ((old.approve_before <> new.approve_before or old.extended_at is distinct from new.extended_at
        or old.paused_ms <> new.paused_ms)
      and not (old.state = 'pending' and new.approve_before > old.approve_before
        and ((old.extended_at is null and new.extended_at is not null and new.paused_ms = old.paused_ms)
          or (new.extended_at is not distinct from old.extended_at and new.paused_ms > old.paused_ms
            and new.approve_before = old.approve_before + make_interval(secs => (new.paused_ms - old.paused_ms) / 1000.0)))))
    or (old.consumed_at is not null and old.consumed_at is distinct from new.consumed_at))
  execute function refuse_changing_approval();

-- In: tenant, when it was asked. Out: for how many milliseconds the clock of such a question has been standing,
-- 0 when nothing is paused. What was asked in the pause begins with its end.
create function stood_ms(of_tenant text, asked_at timestamptz) returns bigint
language sql volatile set search_path = riposte, pg_temp as $$
  select coalesce((select greatest(0, ceil(extract(epoch from clock_timestamp() - greatest(p.since, asked_at)) * 1000))::bigint
    from pauses p where p.tenant_id = of_tenant and p.active), 0)
$$;
