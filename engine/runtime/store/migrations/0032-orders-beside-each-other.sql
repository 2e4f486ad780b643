-- A truncation waits for every place outside, and one that is gone is waited for for ever; what nobody can lead does
-- nothing that was ordered. So one of each may be open: giving a place up, a truncation, and one about the key or the log.
drop index audit_orders_open;
create unique index audit_orders_open on audit_orders
  (tenant_id, (case when kind in ('key', 'incarnation') then 'log' else kind end)) where state in ('proposed', 'confirmed');
