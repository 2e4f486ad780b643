import type { UndoRecord } from '../contracts/scope.ts';

/**
 * Of a record that found our own doing: whoever lets go last sends the inverse, and only the success that brought it
 * about was told how it was before (`runtime/store/queries/write-holds.ts` in memory).
 */
export function toldByCause(
  inverse: UndoRecord['inverse'],
  cause: UndoRecord['inverse'],
): UndoRecord['inverse'] {
  if (!('action' in inverse) || !('action' in cause) || inverse.action !== cause.action) return inverse;
  const { told } = cause;
  return told === undefined ? inverse : { ...inverse, told, arguments: { ...told, ...inverse.arguments } };
}
