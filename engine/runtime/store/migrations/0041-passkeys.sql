-- Passkeys: what people prove themselves with, the challenges that are open, and what was signed for a decision.

create table passkeys (
  tenant_id text not null,
  id text not null,
  -- Kept when the key is removed: the same credential is never taken a second time.
  credential_id bytea not null check (octet_length(credential_id) between 1 and 1023),
  person_id text not null,
  name text not null check (char_length(name) between 1 and 100),
  -- COSE, as the key gave it.
  public_key bytea not null check (octet_length(public_key) between 1 and 2048),
  counter bigint not null check (counter >= 0),
  -- May be copied to other devices of the person (backup eligible), and is (backup state).
  syncable boolean not null,
  synced boolean not null check (syncable or not synced),
  created_at timestamptz not null default clock_timestamp(),
  used_at timestamptz,
  removed_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, credential_id),
  foreign key (tenant_id, person_id) references people (tenant_id, id)
);
create index passkeys_of_person on passkeys (tenant_id, person_id, created_at desc, id desc) where removed_at is null;
create index passkeys_newest on passkeys (tenant_id, created_at desc, id desc) where removed_at is null;

-- A row is an open challenge: taking it deletes it, whatever the answer was worth.
create table passkey_challenges (
  tenant_id text not null,
  hash bytea not null primary key,
  purpose text not null check (purpose in ('sign-in', 'again', 'register', 'approve')),
  -- SHA-256 of what only this browser has: a cookie, or its session.
  browser bytea not null,
  -- Whose challenges are counted together: the person, or before anybody is known the address.
  counted text not null,
  person_id text,
  approval_id text,
  digest text,
  nonce bytea,
  expires_at timestamptz not null,
  created_at timestamptz not null default clock_timestamp(),
  foreign key (tenant_id, person_id) references people (tenant_id, id),
  check ((purpose = 'sign-in') = (person_id is null)),
  check ((purpose = 'approve') = (approval_id is not null and digest is not null and nonce is not null))
);
create index passkey_challenges_counted on passkey_challenges (tenant_id, counted, created_at desc);
create index passkey_challenges_expiry on passkey_challenges (expires_at);

-- What a person's key signed for a decision, whole, so that anybody can check it later.
create table decision_evidence (
  tenant_id text not null,
  decision_id text not null,
  passkey_id text not null,
  -- RFC 8785; the entry of the decision has their SHA-256.
  evidence bytea not null check (octet_length(evidence) between 1 and 16384),
  primary key (tenant_id, decision_id),
  foreign key (tenant_id, decision_id) references decisions (tenant_id, id),
  foreign key (tenant_id, passkey_id) references passkeys (tenant_id, id)
);
create trigger decision_evidence_append_only before update or delete on decision_evidence
  for each row execute function refuse_changing_audit();

grant select, insert, update on passkeys to riposte_app;
grant select, insert, update, delete on passkey_challenges to riposte_app;
grant select, insert on decision_evidence to riposte_app;
