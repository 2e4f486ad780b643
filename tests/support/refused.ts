import { sqlState } from '../../engine/runtime/store/sql-state.ts';

/** The SQLSTATE with which the database refused, or null when it did not. Anything else than a refusal throws. */
export async function refused(work: Promise<unknown>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    const state = sqlState(error);
    // 23: an integrity constraint; 42501: no right to do so.
    if (state !== null && (state.startsWith('23') || state === '42501')) return state;
    throw error;
  }
}

export const checkViolation = '23514';
export const uniqueViolation = '23505';
export const foreignKeyViolation = '23503';
export const noRight = '42501';
