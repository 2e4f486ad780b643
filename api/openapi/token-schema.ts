import { flag, list, nullable, object, oneOf, text, time } from './schema-words.ts';

export const tokenSchema = object({
  id: text,
  kind: oneOf(['person', 'service']),
  personId: nullable(text),
  name: text,
  roles: list(text),
  createdBy: text,
  createdByName: nullable(text),
  createdByLeft: flag,
  createdAt: time,
  expiresAt: time,
  revokedAt: nullable(time),
});
