import type { JsonObject } from '../../schemas/json.ts';
import {
  anything,
  flag,
  integer,
  list,
  map,
  nullable,
  object,
  oneOf,
  permissionFields,
  targetSchema,
  text,
  time,
} from './schema-words.ts';

export const taskStates = ['open', 'happened', 'did-not-happen', 'unanswered', 'withdrawn'];

const itemFields: { [name: string]: JsonObject } = {
  id: text,
  state: oneOf(taskStates),
  question: text,
  why: text,
  action: text,
  class: oneOf(['restore', 'contain', 'eradicate']),
  system: text,
  target: nullable(targetSchema),
  run: object({ id: text, state: text }),
  incidentId: nullable(text),
  step: text,
  playbook: object({ id: text, title: text, version: text }),
  digest: text,
  canAsk: flag,
  openedAt: time,
  answerBefore: time,
  endedAt: nullable(time),
  settledBy: nullable(oneOf(['person', 'target', 'silence', 'engine'])),
  answeredBy: nullable(object({ id: text, name: text })),
  contradicted: flag,
  ...permissionFields,
};

export const taskItemSchema = object(itemFields);

export const taskDetailSchema = object({
  ...itemFields,
  stepName: text,
  actionVersion: text,
  actionKey: text,
  connection: text,
  arguments: list(object({ name: text, value: anything })),
  handle: nullable(map),
  byHand: nullable(object({ words: text, docs: list(text) })),
  follows: object({ happened: text, didNotHappen: text, silence: text }),
  exchanges: list(
    object({
      id: text,
      purpose: oneOf(['perform', 'confirm', 'check']),
      number: integer,
      state: text,
      outcome: nullable(text),
      says: nullable(text),
      handle: nullable(map),
      queuedAt: time,
      sentAt: nullable(time),
      finishedAt: nullable(time),
    }),
  ),
  proof: nullable(text),
  late: list(object({ attempt: text, purpose: text, outcome: text, says: nullable(text), at: time })),
});
