-- By which way somebody came in, and when they proved who they are: somebody else may have seen the proof before us.
alter table sessions add column way text not null default 'link' check (way in ('link', 'oidc', 'passkey'));
alter table sessions alter column way drop default;
alter table sessions add column proved_at timestamptz not null default clock_timestamp() check (proved_at <= created_at + interval '1 minute');
update sessions set proved_at = created_at;
