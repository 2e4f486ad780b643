-- Triggers: alerts that change, incidents that people change, webhooks, schedules, traces of every event.

update incidents set classification = 'unknown' where classification is null;
alter table incidents
  alter column classification set default 'unknown',
  alter column classification set not null,
  add constraint incidents_classification_check
    check (classification in ('true_positive', 'false_positive', 'benign', 'unknown')),
  -- Grows with each change: the ETag.
  add column version int not null default 1,
  add column updated_at timestamptz not null default clock_timestamp();

alter table alerts add column updated_at timestamptz not null default clock_timestamp();

alter table signals
  -- A webhook's trigger; null: for every trigger of the type.
  add column playbook_id text,
  add column trigger_id text,
  -- What the sender calls it, to tell a repeat.
  add column source_key text,
  -- `per_…` or `tok_…` of whoever caused it: they do not decide what it asks for.
  add column caused_by text;
create index signals_by_source_key on signals (tenant_id, source_key, at desc) where source_key is not null;
create index signals_by_alert on signals (tenant_id, alert_id, at desc) where alert_id is not null;
create index signals_by_incident on signals (tenant_id, incident_id, at desc) where incident_id is not null;

-- One line per trigger that was tried for an event: an alert or a signal.
alter table decision_traces rename column alert_id to event_id;
alter table decision_traces
  -- Null when a run started.
  add column code text,
  drop constraint decision_traces_outcome_check,
  add constraint decision_traces_outcome_check check (outcome in ('started', 'queued', 'attached', 'skipped',
    'redelivered', 'not-matched', 'disabled', 'expired', 'routed-away', 'own-doing', 'loop', 'error'));
create index decision_traces_by_trigger on decision_traces (tenant_id, playbook_id, trigger_id, at desc);

-- Since when a playbook listens as it does: a schedule that was just switched on does not catch up.
alter table playbooks add column listens_since timestamptz not null default clock_timestamp();
create function note_listening() returns trigger language plpgsql as $$
begin
  new.listens_since := clock_timestamp();
  return new;
end $$;
create trigger playbooks_listen before update on playbooks for each row
  when (old.enabled is distinct from new.enabled or old.current_version is distinct from new.current_version)
  execute function note_listening();

-- Ticks of schedules, each once however many engines see it; also their decision trace.
create table schedule_ticks (
  tenant_id text not null,
  playbook_id text not null,
  trigger_id text not null,
  due_at timestamptz not null,
  outcome text not null check (outcome in ('started', 'attached', 'skipped', 'redelivered', 'error')),
  code text,
  detail text,
  run_id text,
  at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, playbook_id, trigger_id, due_at),
  foreign key (tenant_id, playbook_id) references playbooks (tenant_id, id)
);

grant select, insert, delete on schedule_ticks to riposte_app;

-- A question may be given more time once, while it is open; what was asked still never changes.
alter table approvals add column extended_at timestamptz;
drop trigger approvals_fixed on approvals;
create trigger approvals_fixed
  before update of digest, plan, card, quorum, separate, require_comment, run_id, step_path, ask_number, approvers,
    excluded, approve_before, extended_at, consumed_at on approvals for each row
  when (old.digest <> new.digest or old.plan <> new.plan or old.quorum <> new.quorum
    or old.card::text <> new.card::text or old.separate <> new.separate or old.require_comment <> new.require_comment
    or old.run_id <> new.run_id or old.step_path <> new.step_path or old.ask_number <> new.ask_number
    or not (old.approvers <@ new.approvers) or not (old.excluded <@ new.excluded)
    or ((old.approve_before <> new.approve_before or old.extended_at is distinct from new.extended_at)
      and not (old.extended_at is null and new.extended_at is not null and old.state = 'pending'
        and new.approve_before > old.approve_before))
    or (old.consumed_at is not null and old.consumed_at is distinct from new.consumed_at))
  execute function refuse_changing_approval();
