/**
 * The five-character SQLSTATE of a database error, or a Node code such as ECONNREFUSED, or null.
 * Codes: PostgreSQL documentation, appendix A.
 */
export function sqlState(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
