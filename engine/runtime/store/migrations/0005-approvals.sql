-- The time a yes may be used in is set once, by the yes; it never grows.
create function refuse_more_time() returns trigger language plpgsql as $$
begin
  raise exception 'approval %: the time to use a yes never grows', old.id using errcode = '23514';
end $$;
create trigger approvals_execute_before before update of execute_before on approvals for each row
  when (old.execute_before is not null and (new.execute_before is null or new.execute_before > old.execute_before))
  execute function refuse_more_time();
