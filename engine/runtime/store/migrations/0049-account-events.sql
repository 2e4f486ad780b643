-- What happened to people's accounts, for the people themselves: written in the transaction that does it.
create table account_events (
  tenant_id text not null,
  id text not null,
  -- Whom it is told. No foreign key: it would lock people for whoever only ends a token. People are never deleted.
  person_id text not null,
  at timestamptz not null default clock_timestamp(),
  kind text not null check (kind in ('passkey.created', 'passkey.removed', 'token.created', 'token.revoked', 'link.created',
    'person.changed', 'person.linked', 'person.unlinked', 'account.disputed')),
  by_kind text not null,
  by_id text not null,
  channel text not null,
  -- The passkey or the token; of a dispute whose account it is about.
  subject text,
  facts jsonb not null,
  -- Of a sign-in link: when it let somebody in, and the session that it began.
  used_at timestamptz,
  used_in bytea,
  -- Its person said that it is in order, in some session of theirs.
  acknowledged_at timestamptz,
  -- They said so in a session that began after it, by a link or through the identity provider.
  confirmed_at timestamptz check (confirmed_at is null or acknowledged_at is not null),
  -- They said that it was not them.
  disputed_at timestamptz,
  primary key (tenant_id, id)
);
create index account_events_of_person on account_events (tenant_id, person_id, at desc, id desc);
create index account_events_unconfirmed on account_events (tenant_id, person_id, at desc, id desc) where confirmed_at is null;
grant select, insert, delete, update (used_at, used_in, acknowledged_at, confirmed_at, disputed_at) on account_events
  to riposte_app;

-- Which of them it is told as.
alter table sign_in_links add column event_id text;

-- Who has a question open just now. Lost in a crash and soon told anew, so it is kept out of the write-ahead log.
create unlogged table approval_presence (
  tenant_id text not null,
  approval_id text not null,
  person_id text not null,
  -- Since when without a break, and when it was last said.
  since timestamptz not null,
  seen_at timestamptz not null,
  left_at timestamptz,
  primary key (tenant_id, approval_id, person_id)
);
create index approval_presence_by_age on approval_presence (seen_at);
grant select, insert, update, delete on approval_presence to riposte_app;
