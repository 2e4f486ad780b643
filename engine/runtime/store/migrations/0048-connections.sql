-- What is known of the ways into other systems before they are needed: a row for each, written by the workers that have it.
create table connections (
  tenant_id text not null,
  system text not null check (system ~ '^[a-z][a-z0-9-]{0,63}$'),
  id text not null check (id ~ '^[a-z][a-z0-9-]{0,63}$'),
  -- Scheme, host and port by setting; the path of an address can be a secret.
  addresses json not null check (octet_length(addresses::text) <= 16384),
  -- When a worker last said that it has it.
  seen_at timestamptz not null default clock_timestamp(),
  -- Of the calls of actions, told from time to time: the last that was answered, and the last that the connection was to
  -- blame for.
  answered_at timestamptz,
  failed_at timestamptz,
  failure_code text check (length(failure_code) between 1 and 128),
  failed_in_a_row integer not null default 0 check (failed_in_a_row >= 0),
  check ((failed_at is null) = (failure_code is null)),
  -- Tested by itself from then on.
  test_due_at timestamptz not null,
  -- Tests that people asked for, and how many of them have their answer; who asked first of those that have none.
  asks bigint not null default 0,
  told bigint not null default 0 check (told between 0 and asks),
  asked_by json check (octet_length(asked_by::text) <= 4096),
  check ((asks > told) = (asked_by is not null)),
  -- Of the worker that is testing.
  fence bigint not null default 0,
  lease_until timestamptz,
  tested_at timestamptz,
  result json check (octet_length(result::text) <= 262144),
  check ((tested_at is null) = (result is null)),
  primary key (tenant_id, system, id)
);
grant select, insert, update on connections to riposte_app;
