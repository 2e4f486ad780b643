-- The time to respond is read from the newest contain actions, which may be few among very many others.
create index attempts_containing on attempts (tenant_id, created_at desc) where purpose = 'perform' and class = 'contain';
