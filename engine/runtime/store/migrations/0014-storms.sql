-- In a storm thousands of alerts wait for being matched, and each batch takes the most severe of them.
drop index alerts_unmatched;
create index alerts_unmatched on alerts
  (tenant_id, array_position(array['critical', 'high', 'medium', 'low', 'informational'], severity), received_at)
  where state = 'accepted';
