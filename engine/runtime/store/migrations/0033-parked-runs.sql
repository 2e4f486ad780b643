-- Every engine looks for parked runs that it can load, again and again: among a hundred thousand that wait for people it
-- should read those alone.
create index runs_parked on runs (tenant_id) where reason = 'run/needs-engine';
