-- Which installation this is, drawn once: one Redis may carry the queues of several, and each has to find its own. A
-- copy of the database keeps the name, so what was put back finds the workers that are there; a clone for trying things
-- out needs a Redis of its own.
create table installations (
  tenant_id text primary key,
  name text not null
);
insert into installations (tenant_id, name) values ('default', left(replace(gen_random_uuid()::text, '-', ''), 16));
grant select on installations to riposte_app;
