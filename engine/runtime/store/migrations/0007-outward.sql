-- Streams: where sealed entries are told outside. A stream's outbox is its position in the log: what stands
-- before it was taken by the receiver, what stands from there on was not.
create table outward_streams (
  tenant_id text not null,
  id text not null check (id ~ '^[a-z][a-z0-9-]{0,62}$'),
  kind text not null check (kind in ('webhook')),
  url text not null,
  -- Names of entry types, or `approval.*`; none means all.
  types text[] not null,
  -- Of a variable in the engine's environment; the secret itself is never stored.
  secret_name text not null check (secret_name ~ '^STREAM_SECRET_[A-Z0-9_]{1,64}$'),
  -- Null until there is a log. Another log starts at its first entry.
  log_id text,
  position bigint not null default 0 check (position >= 0),
  paused boolean not null default false,
  -- Failures in a row of the entry at `position`.
  attempts int not null default 0 check (attempts >= 0),
  next_try_at timestamptz not null default clock_timestamp(),
  failing_since timestamptz,
  alarmed_at timestamptz,
  last_error text,
  last_sent_at timestamptz,
  -- Raised by each engine that takes the stream: an older one can no longer move the position.
  fence bigint not null default 0,
  lease_until timestamptz,
  created_by text not null,
  created_at timestamptz not null default clock_timestamp(),
  primary key (tenant_id, id)
);

create function refuse_stream_moving_back() returns trigger language plpgsql as $$
begin
  raise exception 'stream % only moves forward', old.id using errcode = '23514';
end $$;
create trigger outward_streams_forward before update on outward_streams for each row
  when (new.log_id is not distinct from old.log_id and new.position < old.position)
  execute function refuse_stream_moving_back();

grant select, insert, update, delete on outward_streams to riposte_app;
