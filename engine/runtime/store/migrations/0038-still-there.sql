-- What an undo of its run closed as `irreversible` is still there, and stays in the list of what is contained.
drop index undo_records_contained;
create index undo_records_contained on undo_records (tenant_id, created_at desc, id desc)
  where state in ('done', 'undoing', 'undo-failed', 'irreversible') and effect is not null;
