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

-- How many people the operator's guardrails want to have said yes even when one of them breaks the glass.
alter table approvals add column glass_quorum int not null default 1 check (glass_quorum between 1 and quorum);

-- As before, and beside the one who breaks the glass others have said yes as far as the guardrails want it.
create or replace function bound_break_glass() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
declare
  since timestamptz;
  wanted int;
begin
  select p.break_glass_since into since from people p
  where p.tenant_id = new.tenant_id and p.id = new.person_id and p.active for no key update;
  new.at := clock_timestamp();
  if since is null or since > new.at - interval '24 hours' then
    raise exception '% may not break the glass', new.person_id using errcode = '23514';
  end if;
  select a.glass_quorum into wanted from approvals a
  where a.tenant_id = new.tenant_id and a.id = new.approval_id and a.state = 'pending' for share;
  if not found then
    raise exception 'approval % is not open', new.approval_id using errcode = '23514';
  end if;
  if 1 + (select count(*) from standing_decisions s where s.tenant_id = new.tenant_id and s.approval_id = new.approval_id
      and s.decision = 'approve' and s.person_id <> new.person_id) < wanted then
    raise exception 'approval %: the guardrails want % people', new.approval_id, wanted using errcode = '23514';
  end if;
  if (select count(*) from break_glass g where g.tenant_id = new.tenant_id and g.person_id = new.person_id
      and g.at > new.at - interval '24 hours') >= 3 then
    raise exception '% has broken the glass three times within a day', new.person_id using errcode = '23514';
  end if;
  if exists (select 1 from break_glass g where g.tenant_id = new.tenant_id and g.person_id = new.person_id
      and g.at <= new.at - interval '24 hours' and not exists (select 1 from break_glass_reviews r
        where r.tenant_id = g.tenant_id and r.approval_id = g.approval_id)) then
    raise exception 'what % did before was not reviewed in time', new.person_id using errcode = '23514';
  end if;
  return new;
end $$;

-- In: tenant, who broke the glass, who would review it. Out: whether the first has reviewed, within 90 days, what the
-- second decided alone: two who look at each other look at nothing.
create function break_glass_mutual(of_tenant text, breaker text, reviewer text) returns boolean
language sql volatile set search_path = riposte, pg_temp as $$
  select exists (select 1 from break_glass g
    join break_glass_reviews r on r.tenant_id = g.tenant_id and r.approval_id = g.approval_id
    where g.tenant_id = of_tenant and g.person_id = reviewer and r.reviewed_by = breaker
      and r.at > clock_timestamp() - interval '90 days')
$$;

create or replace function refuse_own_review() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
declare
  breaker text;
begin
  select g.person_id into breaker from break_glass g where g.tenant_id = new.tenant_id and g.approval_id = new.approval_id;
  if breaker = new.reviewed_by then
    raise exception 'nobody reviews themselves' using errcode = '23514';
  end if;
  -- In one order, so that of two who review each other at once the second one sees the first.
  perform 1 from people p where p.tenant_id = new.tenant_id and p.id in (breaker, new.reviewed_by) order by p.id for no key update;
  new.at := clock_timestamp();
  if break_glass_mutual(new.tenant_id, breaker, new.reviewed_by) then
    raise exception '% and % do not review each other', breaker, new.reviewed_by using errcode = '23514';
  end if;
  return new;
end $$;

-- Whoever counts the administrators who can sign in leaves out those of whom something was destroyed.
create index attempts_destroying_accounts on attempts (tenant_id, created_at)
  where class = 'eradicate' and purpose = 'perform' and target_kind = 'user';
