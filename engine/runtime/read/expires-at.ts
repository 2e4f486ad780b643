/** When a question expires as things are: while everything is paused its time stands still. */
export function expiresAt(approval: string): string {
  return `(${approval}.approve_before + case when ${approval}.state = 'pending'
    then make_interval(secs => stood_ms(${approval}.tenant_id, ${approval}.requested_at) / 1000.0) else interval '0' end)`;
}
