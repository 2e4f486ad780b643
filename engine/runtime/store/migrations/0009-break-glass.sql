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
