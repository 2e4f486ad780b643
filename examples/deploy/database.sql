-- The database of Riposte, by an administrator, once, with psql 15 or newer. The password comes from the environment.
-- Its login owns the tables and may take two roles, and is no superuser: no process can take the audit log's protection away
-- by more than what an owner may.
\getenv password DATABASE_PASSWORD
create role riposte_app nologin;
create role riposte_sequencer nologin;
create role riposte login password :'password';
grant riposte_app, riposte_sequencer to riposte;
create database riposte owner riposte encoding 'UTF8' template template0;
