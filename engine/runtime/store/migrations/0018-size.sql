-- Thousands of questions of one campaign end in the same instant; a page of them is read in the order of this index.
drop index approvals_open;
create index approvals_open on approvals (tenant_id, approve_before, id) where state = 'pending';
