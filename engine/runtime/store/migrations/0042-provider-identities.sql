-- Whom an identity provider (OpenID Connect) means: its word for somebody, and the person here.
create table provider_identities (
  tenant_id text not null,
  issuer text not null check (length(issuer) between 1 and 500),
  subject text not null check (length(subject) between 1 and 255),
  person_id text not null,
  linked_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, issuer, subject),
  -- One person is one account at a provider: of two, one could be a stranger's.
  unique (tenant_id, issuer, person_id),
  foreign key (tenant_id, person_id) references people (tenant_id, id)
);

-- Roles and groups of people whom a provider has made follow what it says; those of people made by hand do not.
alter table people add column follows_provider boolean not null default false;

-- Answers of a provider that were taken, by what only the browser knows: none is taken twice. Kept for as long as one
-- could come back.
create table provider_answers (
  tenant_id text not null,
  hash bytea not null check (length(hash) = 32),
  taken_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, hash)
);
create index provider_answers_by_age on provider_answers (taken_at);

-- A provider need not say when it saw somebody prove who they are. Then nobody knows, and nothing fresh rests on it.
alter table sessions alter column proved_at drop not null;

-- What a link says never changes: an identity of another person is another row.
grant select, insert, delete on provider_identities to riposte_app;
grant select, insert, delete on provider_answers to riposte_app;
