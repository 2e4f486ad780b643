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

/** What `pg` says without a code. */
const lost =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/;

/** Whether the database could not be reached, or was gone before it had answered: what was asked may have happened or not. */
export function isConnectionLoss(error: unknown): boolean {
  const code = sqlState(error);
  // SQLSTATE class 08 (connection), 57P0x (shutdown), and the errors of sockets and names of a server that is gone or silent.
  if (code !== null)
    return /^(08\w{3}|57P0\d|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOTFOUND|EAI_AGAIN)$/.test(
      code,
    );
  return error instanceof Error && lost.test(error.message);
}

/** Whether the very same may succeed a moment later: nothing in it is wrong. */
export function mayPass(error: unknown): boolean {
  // Rolled back or disconnected (25P03, 40), out of room or connections (53), locked (55), broken off (57), the disk (58).
  return isConnectionLoss(error) || /^(25P03|(40|53|55|57|58)\w{3})$/.test(sqlState(error) ?? '');
}
