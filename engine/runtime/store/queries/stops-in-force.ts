/**
 * Rows of `stops` that can hold anything back, spelt as the index `stops_in_force` spells it: of thousands of playbooks
 * hardly one is stopped. Whoever sets or lifts one locks the table, so a statement that locks any row, or none, reads
 * them as they are after those it waited for.
 */
export const inForce = `(active or scope = 'audit')`;
