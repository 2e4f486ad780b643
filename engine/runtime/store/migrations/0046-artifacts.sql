-- What an action answered and its step does not keep, because it is larger than 256 KiB (language reference 9.16).
create table artifacts (
  tenant_id text not null,
  id text not null,
  run_id text not null,
  -- Of the step in the run.
  path text not null,
  attempt_id text not null,
  -- `sha256:…` of the body, as the step names it.
  sha256 text not null check (sha256 ~ '^sha256:[0-9a-f]{64}$'),
  size int not null check (size = octet_length(body) and size between 1 and 16777216),
  -- JSON, UTF-8.
  body bytea not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id),
  -- Rare enough for a key, which takes them away with their run.
  foreign key (tenant_id, run_id) references runs (tenant_id, id) on delete cascade
);
create index artifacts_of_run on artifacts (tenant_id, run_id, id);

grant select, insert on artifacts to riposte_app;
