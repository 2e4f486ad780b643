-- An order about the log counts as long as both who gave it may still give it: not only their accounts have to be
-- there to this day, but one of the roles that may repair the log (`audit.repair` in engine/core/identity/rights.ts;
-- tests/audit/incarnation.test.ts compares them). The sequencer, which does what is ordered, cannot read people.
create or replace function is_audit_ordered(tenant text, of_kind text, of_log text) returns boolean
language sql stable security definer set search_path = riposte, pg_temp as $$
  select exists (
    select 1 from audit_orders o
    where o.tenant_id = tenant and o.kind = of_kind and o.log_id = of_log and o.state = 'confirmed'
      and (select count(*) from people p where p.tenant_id = tenant and p.id in (o.proposed_by, o.confirmed_by)
        and p.active and p.roles && array['operator', 'admin']) = 2)
$$;
