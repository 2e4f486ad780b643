import { findings } from '../../engine/core/approval/judge-review.ts';
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

const classes = oneOf(['read', 'notify', 'restore', 'contain', 'eradicate']);

const itemFields: { [name: string]: JsonObject } = {
  id: text,
  state: text,
  question: text,
  why: text,
  action: text,
  class: classes,
  reversible: flag,
  targets: list(targetSchema),
  run: object({ id: text, state: text }),
  incidentId: nullable(text),
  step: text,
  playbook: object({ id: text, title: text, version: text }),
  approvers: list(text),
  quorum: integer,
  glassQuorum: integer,
  approvals: integer,
  voters: list(text),
  tookBack: list(text),
  round: integer,
  excluded: list(text),
  unshowable: nullable(text),
  digest: text,
  createdAt: time,
  expiresAt: time,
  standsStill: flag,
  pausedMs: integer,
  extended: flag,
  executeBefore: nullable(time),
  heldBy: nullable(text),
  endedAt: nullable(time),
  ...permissionFields,
};

const card = object({
  question: text,
  why: text,
  happens: text,
  targets: list(targetSchema),
  reversible: flag,
  wayBack: text,
  arguments: list(object({ name: text, value: anything })),
  editable: list(object({ name: text, schema: map })),
  evidence: list(object({ label: text, value: text, link: text }, ['value', 'link'])),
  falsepositives: list(text),
  action: text,
  class: classes,
  step: text,
  stepName: text,
  unshowable: nullable(text),
});

const person = object({ id: text, name: text });

export const glassSchema = object({
  approvalId: text,
  question: text,
  runId: text,
  by: person,
  reason: text,
  at: time,
  review: nullable(object({ by: person, finding: oneOf(findings), comment: text, at: time })),
});

export const approvalItemSchema = object(itemFields);

export const approvalDetailSchema = object({
  ...itemFields,
  card,
  plan: map,
  requireComment: oneOf(['never', 'on_deny', 'always']),
  separate: flag,
  askNumber: integer,
  requester: person,
  alertId: nullable(text),
  votes: list(
    object({
      person,
      decision: oneOf(['approve', 'deny']),
      comment: nullable(text),
      at: time,
      signed: flag,
    }),
  ),
  withdrawn: list(object({ person, votedAt: time, comment: nullable(text), at: time })),
  breakGlass: nullable(glassSchema),
  notices: list(
    object({
      occasion: oneOf(['asked', 'reminded', 'escalated', 'break-glass']),
      destination: text,
      state: oneOf(['due', 'told', 'failed', 'dropped']),
      at: time,
      tries: integer,
      error: nullable(text),
      nextTryAt: nullable(time),
      settledAt: nullable(time),
    }),
  ),
  facts: list(object({ kind: text, id: text, facts: map, readAt: time })),
});
