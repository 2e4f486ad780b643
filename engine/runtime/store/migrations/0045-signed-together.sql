-- One touch of a key below several questions, and below what somebody decided alone.
alter table passkey_challenges drop constraint passkey_challenges_purpose_check;
alter table passkey_challenges add constraint passkey_challenges_purpose_check
  check (purpose in ('sign-in', 'again', 'register', 'approve', 'together'));
alter table passkey_challenges drop constraint passkey_challenges_check1;
-- Of several the digest is that of the list; whoever answers sends the list again.
alter table passkey_challenges add constraint passkey_challenges_signed_check check (
  (purpose = 'approve') = (approval_id is not null)
  and (purpose in ('approve', 'together')) = (digest is not null and nonce is not null));

-- What was signed once and is named by more than one row.
create table shared_evidence (
  tenant_id text not null,
  -- `sha256:…` of its bytes, as the entries name it.
  hash text not null check (hash ~ '^sha256:[0-9a-f]{64}$'),
  passkey_id text not null,
  evidence bytea not null check (octet_length(evidence) between 1 and 16384),
  primary key (tenant_id, hash),
  foreign key (tenant_id, passkey_id) references passkeys (tenant_id, id)
);
create trigger shared_evidence_append_only before update or delete on shared_evidence
  for each row execute function refuse_changing_audit();
grant select, insert on shared_evidence to riposte_app;

alter table decision_evidence alter column evidence drop not null;
alter table decision_evidence add column shared text;
alter table decision_evidence add constraint decision_evidence_one_check
  check ((evidence is null) = (shared is not null));
alter table decision_evidence add foreign key (tenant_id, shared) references shared_evidence (tenant_id, hash);

alter table break_glass add column shared text;
alter table break_glass add foreign key (tenant_id, shared) references shared_evidence (tenant_id, hash);
