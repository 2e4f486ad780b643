/**
 * The five-character SQLSTATE of a database error, or a Node code such as ECONNREFUSED, or null.
 * Codes: PostgreSQL documentation, appendix A.
 */
export function sqlState(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}

/** The name of the constraint that a row broke, or null. */
export function constraintOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('constraint' in error)) return null;
  return typeof error.constraint === 'string' ? error.constraint : null;
}
