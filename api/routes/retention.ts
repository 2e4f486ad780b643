import type { Route } from '../http/route.ts';
import { integer, list, nullable, object, text, time } from '../openapi/schema-words.ts';

const removed = object({ incidents: integer, alerts: integer, runs: integer, signals: integer });

export const retentionRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/settings/retention',
    operationId: 'readRetention',
    summary: 'After how many days what is over goes, what went last, and why something older is still here.',
    permission: 'stops.read',
    answers: {
      200: {
        description:
          '`days` is `RIPOSTE_RETENTION`, for alerts, incidents, runs and signals; `textDays` is `RIPOSTE_AUDIT_RETENTION`, for the texts of the log, which go by the order of two people alone. Null: they stay. `lastRound` is null until a round was gone through to its end.',
        schema: object({
          days: nullable(integer),
          rememberedDays: nullable(integer),
          textDays: nullable(integer),
          lastRound: nullable(
            object({
              endedAt: time,
              before: time,
              removed,
              kept: list(object({ reason: text, says: text, count: integer })),
            }),
          ),
          removedAt: nullable(time),
          oldestAlertAt: nullable(time),
          oldestRunAt: nullable(time),
        }),
      },
    },
    async handle({ caller }, { read, textRetentionDays = null }) {
      const { days, rememberedDays, ...state } = await read.readRetention(caller.tenant);
      return { status: 200, body: { days, rememberedDays, textDays: textRetentionDays, ...state } };
    },
  },
];
