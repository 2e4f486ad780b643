import type { Json } from '../../../schemas/json.ts';

/*
 * A value of a playbook after parsing, before a run fills it. Typing rules T1 to T9 of the
 * language reference; `text` parts are joined as text (T2, T3), `expr` keeps its type (T1).
 */
export type Template =
  | { t: 'literal'; value: Json }
  | { t: 'expr'; expr: string }
  | { t: 'text'; parts: (string | { expr: string })[] }
  | { t: 'list'; items: Template[] }
  | { t: 'map'; fields: { [key: string]: Template } };
