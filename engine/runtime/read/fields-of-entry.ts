import { unreadableType } from '../audit/inspect-pending.ts';

const text = `convert_from(l.entry, 'utf8')`;
const withoutNul = String.raw`replace(replace(replace(${text}, '\\', chr(1)), '\u0000', '\ufffd'), chr(1), '\\')`;

/**
 * An entry of `audit_log l` as JSON, for a condition. Foreign bytes have no fields: one such row must not make the others
 * unreadable. Nor must the character NUL, which JSON has and PostgreSQL refuses in every text: another one stands for it
 * here, so that no entry hides behind it. Escaped backslashes are out of the way meanwhile, under a character that JSON
 * only has escaped: what follows one is a text about NUL.
 */
export const fieldsOfEntry = `(case when l.type <> '${unreadableType}' then
  (case when strpos(${text}, '\\u0000') = 0 then ${text} else ${withoutNul} end)::json end)`;
