import { type CustomTypesConfig, types } from 'pg';

/*
 * How column values become JavaScript values. Only int8 differs from the driver: it hands out text,
 * because not every int8 fits a number. Ours do (indexes, counts, milliseconds), so they become
 * numbers, and one that does not fit fails its query instead of silently becoming a neighbour.
 */

// Type numbers of PostgreSQL's catalogue (pg_type.dat).
const int8 = 20;
const int8Array: number = 1016;

export const typeParsers: CustomTypesConfig = {
  getTypeParser(oid: number, format?: string) {
    if (format === 'binary') return types.getTypeParser(oid, 'binary');
    if (oid === int8) return safeInteger;
    if (oid === int8Array) {
      const parseText: (text: string) => (string | null)[] = types.getTypeParser(oid, 'text');
      return (text: string) => parseText(text).map((each) => (each === null ? null : safeInteger(each)));
    }
    return types.getTypeParser(oid, 'text');
  },
};

function safeInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(
    `The database returned ${text}, which a number cannot hold exactly. Select it as text.`,
  );
}
