import type { JsonObject } from '../../../schemas/json.ts';
import { validatorOf } from '../schema/validator-of.ts';
import { canonicalBytes } from './action-plan.ts';
import {
  isAnother,
  isClosed,
  mayNotDecide,
  type Question,
  type Refused,
  refuse,
  type Voter,
} from './judge-approval.ts';

/*
 * May this person change these arguments of an open question? Whoever may decide may change what the
 * playbook lists as `editable`; the changed action is asked about anew, under its own digest and
 * without the votes so far (language reference 5, audit facts 2.3, item 8). Having changed it keeps
 * nobody from deciding about the new form: it is read and signed like any other.
 */

export interface Edit {
  values: JsonObject;
  digest: string;
  comment: string | null;
}

/** The action as it was asked about. */
export interface Editable {
  names: readonly string[];
  arguments: JsonObject;
  /** The action's input schema. */
  input: JsonObject;
}

export type EditVerdict = Refused | { kind: 'edit'; values: JsonObject; before: JsonObject };

export function judgeEdit(
  question: Question,
  editable: Editable,
  voter: Voter,
  edit: Edit,
  nowMs: number,
): EditVerdict {
  const hindrance =
    mayNotDecide(question, voter) ?? isClosed(question, nowMs) ?? isAnother(question, edit.digest);
  if (hindrance !== null) return hindrance;
  if (question.requireComment === 'always' && (edit.comment ?? '').trim() === '')
    return refuse('approval/comment-required', 'say why you change it: this request asks for a comment');
  const barred = Object.keys(edit.values).filter((name) => !editable.names.includes(name));
  if (barred.length > 0)
    return refuse(
      'approval/not-editable',
      `${barred.join(', ')} cannot be changed here; ${
        editable.names.length === 0 ? 'nothing can' : `what can is ${editable.names.join(', ')}`
      }`,
    );
  const values: JsonObject = { ...editable.arguments, ...edit.values };
  const problems = validatorOf(editable.input)(values);
  if (problems.length > 0) {
    const said = problems.map(({ pointer, message }) => `${pointer || 'the arguments'}: ${message}`);
    return refuse('approval/edit-rejected', `it would not fit the action: ${said.join('; ')}`);
  }
  if (canonicalBytes(values).equals(canonicalBytes(editable.arguments)))
    return refuse('approval/edit-rejected', 'that is what is asked already; nothing was changed');
  const before = Object.keys(edit.values).map((name) => [name, editable.arguments[name] ?? null]);
  return { kind: 'edit', values: edit.values, before: Object.fromEntries(before) };
}
