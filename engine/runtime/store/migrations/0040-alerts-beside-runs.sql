-- A run keeps its alert, and an alert of a megabyte about a thousand hosts starts a thousand runs: what is large is kept
-- once, under its hash, for all of them. `runs.given` is then without `alert`.
create table given_alerts (
  tenant_id text not null,
  sha256 bytea not null check (octet_length(sha256) = 32),
  alert json not null,
  primary key (tenant_id, sha256)
);
grant select, insert on given_alerts to riposte_app;

alter table runs add column alert_sha256 bytea;
alter table runs add foreign key (tenant_id, alert_sha256) references given_alerts (tenant_id, sha256);

create function refuse_changing_given_alert() returns trigger language plpgsql set search_path = riposte, pg_temp as $$
begin
  raise exception 'an alert that runs were given cannot change' using errcode = '23514';
end $$;
create trigger given_alerts_fixed before update on given_alerts for each row execute function refuse_changing_given_alert();

drop trigger runs_pinned on runs;
create trigger runs_pinned
  before update of given, alert_sha256, digest, playbook_id, playbook_version, compiler_version, run_key
  on runs for each row
  execute function refuse_changing_pins();

alter type new_run add attribute alert_sha256 bytea;
create type given_alert as (sha256 bytea, alert text);

-- What a run was given, whole.
create function given_of(r runs) returns json
language sql stable set search_path = riposte, pg_temp as $$
  select case when r.alert_sha256 is null then r.given
    else (select concat('{"alert":', a.alert, ',', substr(r.given::text, 2))::json
      from given_alerts a where a.tenant_id = r.tenant_id and a.sha256 = r.alert_sha256) end
$$;
