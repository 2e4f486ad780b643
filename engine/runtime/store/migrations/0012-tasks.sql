-- Tasks: effects that nobody knows about, put to a person. The card says everything that was known when it was
-- opened; what the target was asked before and since stands with the attempts of the step.
create table tasks (
  tenant_id text not null,
  id text not null,
  run_id text not null,
  scope_path text not null,
  step_path text not null,
  generation int not null default 0,
  number int not null check (number >= 1),
  action text not null,
  class text not null check (class in ('restore', 'contain', 'eradicate')),
  system text not null,
  target_kind text,
  target_id text,
  -- Of the attempt that is asked about; an answer names it.
  digest text not null,
  card json not null,
  -- What the playbook does on either answer. Told anew when the run is asked to end meanwhile.
  follows json not null,
  can_ask boolean not null,
  state text not null default 'open' check (state in ('open', 'happened', 'did-not-happen', 'unanswered', 'withdrawn')),
  settled_by text check (settled_by in ('person', 'target', 'silence', 'engine')),
  person_id text,
  proof text,
  opened_at timestamptz not null default clock_timestamp(),
  answer_before timestamptz not null,
  ended_at timestamptz,
  -- Outcomes that came in when they did not count any more, oldest first.
  late json not null default '[]',
  contradicted boolean not null default false,
  primary key (tenant_id, id),
  unique (tenant_id, run_id, step_path, generation, number),
  foreign key (tenant_id, run_id) references runs (tenant_id, id),
  foreign key (tenant_id, person_id) references people (tenant_id, id),
  check ((state = 'open') = (ended_at is null)),
  check ((state = 'open') = (settled_by is null)),
  check ((settled_by is not distinct from 'person') = (person_id is not null)),
  check (person_id is null or (state in ('happened', 'did-not-happen') and length(trim(proof)) > 0)),
  check (settled_by is distinct from 'silence' or state = 'unanswered')
);
create unique index tasks_one_open on tasks (tenant_id, run_id, step_path) where state = 'open';
create index tasks_open on tasks (tenant_id, answer_before, id) where state = 'open';
create index tasks_newest on tasks (tenant_id, opened_at desc, id desc);

create trigger tasks_final before update on tasks for each row
  when (old.state <> 'open' and new.state is distinct from old.state)
  execute function refuse_leaving_terminal_state();

create function refuse_changing_task() returns trigger language plpgsql as $$
begin
  raise exception 'task %: what was asked and answered cannot change', old.id using errcode = '23514';
end $$;
create trigger tasks_fixed before update on tasks for each row
  when (old.digest <> new.digest or old.card::text <> new.card::text or old.run_id <> new.run_id
    or old.step_path <> new.step_path or old.generation <> new.generation or old.number <> new.number
    or old.answer_before <> new.answer_before or old.class <> new.class
    or (old.state <> 'open' and (old.proof is distinct from new.proof or old.person_id is distinct from new.person_id
      or old.settled_by is distinct from new.settled_by or old.ended_at is distinct from new.ended_at))
    or (old.contradicted and not new.contradicted))
  execute function refuse_changing_task();

grant select, insert, update on tasks to riposte_app;

alter table deadlines drop constraint deadlines_kind_check;
alter table deadlines add constraint deadlines_kind_check check (kind in ('expiry', 'escalation', 'reminder', 'deadline',
  'delay', 'poll', 'recheck', 'run-timeout', 'wait', 'every', 'answer'));

-- As before, and an inverse that nobody knows about does not keep others from containing anew: it is not sent again.
create or replace function effect_is_undone(tenant text, wanted_effect text, kind text, target text) returns boolean
language plpgsql volatile set search_path = riposte, pg_temp as $$
begin
  perform pg_advisory_xact_lock(hashtextextended(concat_ws('/', tenant, 'hold', wanted_effect, kind, target), 0));
  return exists (select 1 from undo_records u where u.tenant_id = tenant and u.effect = wanted_effect
    and u.target_kind = kind and u.target_id = target and u.state = 'undoing' and u.released_at is not null
    -- One that waits asks for the holds again before it goes out.
    and not exists (select 1 from scopes sc join steps st on st.tenant_id = sc.tenant_id and st.run_id = sc.run_id
        and st.path = sc.path || '/inverse'
      where sc.tenant_id = tenant and sc.kind = 'undo' and sc.live <> 'ended' and sc.item->'value'->>'id' = u.id
        and st.phase in ('asking', 'held', 'backing-off', 'undecided')));
end $$;

-- Streams over a plain or a TLS connection, beside webhooks.
alter table outward_streams drop constraint outward_streams_kind_check;
alter table outward_streams add constraint outward_streams_kind_check check (kind in ('webhook', 'syslog', 'json-lines'));
alter table outward_streams alter column secret_name drop not null;
alter table outward_streams add constraint outward_streams_secret check ((kind = 'webhook') = (secret_name is not null));
alter table outward_streams
  -- Certificates of a private authority, in PEM. Those that the runtime trusts count when there are none.
  add column authority text check (length(authority) <= 65536),
  add constraint outward_streams_authority check (authority is null or kind <> 'webhook');
