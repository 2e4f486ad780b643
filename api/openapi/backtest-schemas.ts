import type { JsonObject } from '../../schemas/json.ts';
import { flag, integer, list, nullable, object, oneOf, text, time } from './schema-words.ts';

/** What a backtest answers; the shapes are those of `engine/core/backtest/result.ts`. */

/** If everything before it goes well and everybody says yes; and at most. */
const span = object({ expected: integer, atMost: integer });

const rule = { rule: text, answer: oneOf(['ask', 'deny', 'open']), reason: text };

const effects = object({
  actions: list(
    object({
      action: text,
      class: text,
      target: nullable(object({ kind: text, id: text })),
      simulated: flag,
      reached: oneOf(['yes', 'maybe']),
    }),
  ),
  questions: span,
  rules: list(object(rule)),
  more: flag,
});

const match = object({
  alert: text,
  at: time,
  title: text,
  runs: list(
    object({
      trigger: text,
      element: text,
      standing: oneOf(['starts', 'depends', 'attached', 'skipped']),
      code: nullable(text),
      mode: text,
      effects: nullable(effects),
    }),
  ),
  more: integer,
});

const tested = object({
  version: text,
  digest: text,
  matched: integer,
  starts: integer,
  depends: integer,
  covered: integer,
  days: list(
    object({
      day: text,
      read: integer,
      matched: integer,
      starts: integer,
      depends: integer,
      covered: integer,
    }),
  ),
  questions: span,
  actions: list(object({ action: text, class: text, times: span, simulated: integer })),
  rules: list(object({ ...rule, count: integer, example: text })),
  errors: list(
    object({
      code: text,
      count: integer,
      example: object({ alert: text, trigger: text, element: text, detail: text }),
    }),
  ),
  lookedAt: integer,
  notLookedAt: integer,
});

export const backtestSchema: JsonObject = object({
  playbook: text,
  since: time,
  until: time,
  read: integer,
  readFrom: nullable(time),
  readUntil: nullable(time),
  of: integer,
  ofMore: flag,
  truncated: { enum: ['limit', 'time', null] },
  changedSince: integer,
  notModelled: list(text),
  inForce: nullable(tested),
  candidate: nullable(tested),
  compared: nullable(
    object({
      newly: integer,
      noLonger: integer,
      changed: integer,
      same: integer,
      notLookedAt: integer,
      examples: list(
        object({
          is: oneOf(['newly', 'no-longer', 'changed']),
          inForce: nullable(match),
          candidate: nullable(match),
        }),
      ),
    }),
  ),
  matches: list(match),
});
