-- Statements that travel together with the commit cannot be counted by whoever sent them in time to take it back.
create function expect_count(counted bigint, wanted bigint, what text) returns bigint
language plpgsql immutable set search_path = riposte, pg_temp as $$
begin
  if counted <> wanted then
    raise exception '%: % of % rows', what, counted, wanted using errcode = 'XX000';
  end if;
  return counted;
end $$;
