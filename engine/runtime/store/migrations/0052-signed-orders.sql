-- What the passkeys of the two people who order something about the log have signed, and for whom a challenge is open.
alter table passkey_challenges drop constraint passkey_challenges_purpose_check;
alter table passkey_challenges add constraint passkey_challenges_purpose_check
  check (purpose in ('sign-in', 'again', 'register', 'approve', 'together', 'propose-order', 'confirm-order'));
alter table passkey_challenges drop constraint passkey_challenges_signed_check;
-- Of an order the digest is that of its terms.
alter table passkey_challenges add constraint passkey_challenges_signed_check check (
  (purpose = 'approve') = (approval_id is not null)
  and (purpose in ('approve', 'together', 'propose-order', 'confirm-order')) = (digest is not null and nonce is not null));

alter table audit_orders
  -- RFC 8785, whole, as the entry has it; two of them and the rest of an entry have to fit into 16 KiB.
  add column proposed_signature text check (octet_length(proposed_signature) between 1 and 2500),
  add column proposed_passkey text,
  add column confirmed_signature text check (octet_length(confirmed_signature) between 1 and 2500),
  add column confirmed_passkey text,
  add constraint audit_orders_signed_check check (
    (proposed_signature is null) = (proposed_passkey is null) and (confirmed_signature is null) = (confirmed_passkey is null)
    and (confirmed_signature is null or confirmed_by is not null)),
  add foreign key (tenant_id, proposed_passkey) references passkeys (tenant_id, id),
  add foreign key (tenant_id, confirmed_passkey) references passkeys (tenant_id, id);
-- What two people have signed stands below one order, once: nobody takes the terms of one that ended and orders it anew.
create unique index audit_orders_once on audit_orders (tenant_id, digest);

create or replace function keep_audit_order() returns trigger
language plpgsql set search_path = riposte, pg_temp as $$
begin
  if (new.tenant_id, new.number, new.kind, new.log_id, new.terms, new.digest, new.proposed_by, new.proposed_at)
      is distinct from (old.tenant_id, old.number, old.kind, old.log_id, old.terms, old.digest, old.proposed_by, old.proposed_at)
    or (old.confirmed_by is not null and new.confirmed_by is distinct from old.confirmed_by)
    or (old.confirmed_by is not null and (new.confirmed_signature, new.confirmed_passkey)
      is distinct from (old.confirmed_signature, old.confirmed_passkey))
    or ((old.proposed_signature is not null or old.state <> 'proposed') and (new.proposed_signature, new.proposed_passkey)
      is distinct from (old.proposed_signature, old.proposed_passkey)) then
    raise exception 'order %: what was proposed, confirmed and signed cannot change', old.number using errcode = '23514';
  end if;
  if old.entry_index is not null and new.entry_index is distinct from old.entry_index then
    raise exception 'order %: its entry is sealed', old.number using errcode = '23514';
  end if;
  if (old.state, new.state) = ('confirmed', 'confirmed') and new.entry_index is not null and current_user <> 'riposte_app' then
    return new;
  end if;
  -- Whoever proposed it signs what it came to.
  if (old.state, new.state) = ('proposed', 'proposed') and old.proposed_signature is null and new.proposed_signature is not null
    and new.confirmed_by is null then
    return new;
  end if;
  if (old.state, new.state) not in (('proposed', 'confirmed'), ('proposed', 'replaced'), ('confirmed', 'done'), ('confirmed', 'refused')) then
    raise exception 'order %: % cannot become %', old.number, old.state, new.state using errcode = '23514';
  end if;
  -- Only the sequencer says what became of it.
  if new.state in ('done', 'refused') and current_user = 'riposte_app' then
    raise exception 'order %: this is not the application''s word', old.number using errcode = '42501';
  end if;
  return new;
end $$;

-- As before, and with keys that are not removed to this day: the sequencer cannot read them.
create or replace function is_audit_ordered(tenant text, of_kind text, of_log text) returns boolean
language sql stable security definer set search_path = riposte, pg_temp as $$
  select exists (
    select 1 from audit_orders o
    where o.tenant_id = tenant and o.kind = of_kind and o.log_id = of_log and o.state = 'confirmed'
      and (select count(*) from people p where p.tenant_id = tenant and p.id in (o.proposed_by, o.confirmed_by)
        and p.active and p.roles && array['operator', 'admin']) = 2
      and not exists (select 1 from passkeys k where k.tenant_id = tenant
        and k.id in (o.proposed_passkey, o.confirmed_passkey) and k.removed_at is not null))
$$;

grant update (proposed_signature, proposed_passkey, confirmed_signature, confirmed_passkey) on audit_orders to riposte_app;

-- Whether a key that signed an order has ended: looked up in the log each time before the order is done.
create index audit_log_of_keys on audit_log (tenant_id, log_id, idx)
  where type in ('passkey.created', 'passkey.removed', 'person.changed', 'person.unlinked');
