-- Cases that were published with a version, beside it: its digest does not know them. The newest number counts.
create table playbook_cases (
  tenant_id text not null,
  playbook_id text not null,
  version int not null,
  number int not null check (number > 0),
  source text not null check (octet_length(source) between 1 and 262144),
  source_sha256 text not null,
  -- Texts of the alerts that the cases name, by those names; 512 KiB, and what JSON needs to write them.
  files json not null check (octet_length(files::text) <= 4194304),
  published_by text not null,
  published_at timestamptz not null default clock_timestamp(),
  -- How they were played last; what was published stays as it is.
  result json not null check (octet_length(result::text) <= 4194304),
  played_with json not null check (octet_length(played_with::text) <= 4096),
  played_by text not null,
  played_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, playbook_id, version, number),
  foreign key (tenant_id, playbook_id, version) references playbook_versions (tenant_id, playbook_id, version)
);
grant select, insert on playbook_cases to riposte_app;
grant update (result, played_with, played_by, played_at) on playbook_cases to riposte_app;
