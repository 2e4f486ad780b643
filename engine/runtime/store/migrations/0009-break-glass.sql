-- A yes can be taken back while the question is open. What was decided stays as it was; beside it stands
-- that it was withdrawn, and only what stands counts.
alter table decisions add column number int not null default 1 check (number >= 1);
alter table decisions drop constraint decisions_tenant_id_approval_id_person_id_key;
alter table decisions add constraint decisions_numbered unique (tenant_id, approval_id, person_id, number);
alter table decisions add constraint decisions_named unique (tenant_id, id, approval_id, person_id);

create table withdrawals (
  tenant_id text not null,
  decision_id text not null,
  approval_id text not null,
  person_id text not null,
  comment text,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, decision_id),
  -- Nobody takes back what somebody else said.
  foreign key (tenant_id, decision_id, approval_id, person_id)
    references decisions (tenant_id, id, approval_id, person_id)
);
create index withdrawals_of on withdrawals (tenant_id, approval_id);

create view standing_decisions as
  select d.* from decisions d
  where not exists (select 1 from withdrawals w where w.tenant_id = d.tenant_id and w.decision_id = d.id);

-- One person counts once: the number keeps two at once apart, this keeps a second one out.
create function refuse_second_vote() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  if exists (select 1 from standing_decisions s where s.tenant_id = new.tenant_id
      and s.approval_id = new.approval_id and s.person_id = new.person_id) then
    raise exception 'approval %: % has a decision that stands', new.approval_id, new.person_id using errcode = '23505';
  end if;
  return new;
end $$;
create trigger decisions_one_stands before insert on decisions for each row execute function refuse_second_vote();

-- What was granted is taken back by an undo, not by changing how it came about.
create function refuse_late_withdrawal() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  perform 1 from approvals a join decisions d on d.tenant_id = a.tenant_id and d.approval_id = a.id
  where a.tenant_id = new.tenant_id and a.id = new.approval_id and a.state = 'pending'
    and d.id = new.decision_id and d.decision = 'approve' for share of a;
  if not found then
    raise exception 'approval %: only a yes to an open question can be taken back', new.approval_id using errcode = '23514';
  end if;
  return new;
end $$;
create trigger withdrawals_in_time before insert on withdrawals for each row execute function refuse_late_withdrawal();
create trigger withdrawals_append_only before update or delete on withdrawals
  for each row execute function refuse_changing_audit();

grant select, insert on withdrawals to riposte_app;
grant select on standing_decisions to riposte_app;

-- Breaking the glass: one person decides alone what others should decide, and answers for it afterwards.
-- Since when somebody holds the role is the database's word: a day has to pass before it counts, so that
-- whoever can give it does not have it in the same hour.
alter table people add column break_glass_since timestamptz;
create function note_break_glass() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  if not ('break-glass' = any(new.roles)) then new.break_glass_since := null;
  elsif tg_op = 'INSERT' or not ('break-glass' = any(old.roles)) then new.break_glass_since := clock_timestamp();
  else new.break_glass_since := old.break_glass_since;
  end if;
  return new;
end $$;
create trigger people_break_glass before insert or update of roles, break_glass_since on people
  for each row execute function note_break_glass();
create index people_breaking_glass on people (tenant_id, break_glass_since) where break_glass_since is not null;

-- A token proves nothing about now and may be a program's: none of them carries the role.
alter table tokens add constraint tokens_never_break_glass check (not ('break-glass' = any(roles)));

create table break_glass (
  tenant_id text not null,
  approval_id text not null,
  person_id text not null,
  -- Twenty characters: "needed" is no reason. How often: decision record 0013.
  reason text not null check (char_length(btrim(reason)) between 20 and 2000),
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, approval_id),
  foreign key (tenant_id, approval_id) references approvals (tenant_id, id),
  foreign key (tenant_id, person_id) references people (tenant_id, id)
);
create index break_glass_by on break_glass (tenant_id, person_id, at);

create table break_glass_reviews (
  tenant_id text not null,
  approval_id text not null,
  reviewed_by text not null,
  finding text not null check (finding in ('justified', 'not-justified')),
  comment text not null check (char_length(btrim(comment)) between 1 and 2000),
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, approval_id),
  foreign key (tenant_id, approval_id) references break_glass (tenant_id, approval_id),
  foreign key (tenant_id, reviewed_by) references people (tenant_id, id)
);

-- The same bounds as `core/approval/judge-break-glass.ts`, for whoever writes past it. The person's row is
-- locked, so that two at once are counted one after the other.
create function bound_break_glass() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
declare
  since timestamptz;
begin
  select p.break_glass_since into since from people p
  where p.tenant_id = new.tenant_id and p.id = new.person_id and p.active for no key update;
  new.at := clock_timestamp();
  if since is null or since > new.at - interval '24 hours' then
    raise exception '% may not break the glass', new.person_id using errcode = '23514';
  end if;
  perform 1 from approvals a where a.tenant_id = new.tenant_id and a.id = new.approval_id and a.state = 'pending' for share;
  if not found then
    raise exception 'approval % is not open', new.approval_id using errcode = '23514';
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
create trigger break_glass_bounded before insert on break_glass for each row execute function bound_break_glass();

create function refuse_own_review() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  if exists (select 1 from break_glass g where g.tenant_id = new.tenant_id and g.approval_id = new.approval_id
      and g.person_id = new.reviewed_by) then
    raise exception 'nobody reviews themselves' using errcode = '23514';
  end if;
  return new;
end $$;
create trigger break_glass_reviewed_by_another before insert on break_glass_reviews
  for each row execute function refuse_own_review();
create trigger break_glass_append_only before update or delete on break_glass
  for each row execute function refuse_changing_audit();
create trigger break_glass_reviews_append_only before update or delete on break_glass_reviews
  for each row execute function refuse_changing_audit();

grant select, insert on break_glass, break_glass_reviews to riposte_app;

-- Whoever is asked hears of it again while it waits: a row, as everything that is due.
alter table deadlines drop constraint deadlines_kind_check;
alter table deadlines add constraint deadlines_kind_check check (kind in ('expiry', 'escalation', 'reminder', 'deadline',
  'delay', 'poll', 'recheck', 'run-timeout', 'wait', 'every'));

-- Signs the links of notifications, in whatever process they are made or opened. Such a link leads to a page
-- and gives no right, so whoever reads this can at most lead people to our own pages.
create table link_keys (
  tenant_id text primary key,
  key bytea not null check (octet_length(key) = 32),
  created_at timestamptz not null default clock_timestamp()
);
grant select, insert on link_keys to riposte_app;
