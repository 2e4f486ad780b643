-- When an entry began to wait for its index is said by whoever inserts it. A time without an end, of a year BC or beyond
-- 9999 is none that a sequencer can subtract or write down again: one such row stopped the log, and of the roles that run
-- none can remove it. A comparison with two constants for each pack; a trigger that takes the server's time costs a call.

update audit_pack set enqueued_at = clock_timestamp()
where not (enqueued_at >= timestamptz '2000-01-01 00:00:00+00' and enqueued_at < timestamptz '9000-01-01 00:00:00+00');

alter table audit_pack add constraint audit_pack_time
  check (enqueued_at >= timestamptz '2000-01-01 00:00:00+00' and enqueued_at < timestamptz '9000-01-01 00:00:00+00');
