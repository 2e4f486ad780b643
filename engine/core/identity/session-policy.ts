/*
 * How long a proof of identity lasts. Sessions end after 30 minutes without a request and after 12
 * hours in any case; tokens live at most 90 days (facts, part 5). The database's clock compares.
 */

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

export const sessionPolicy = {
  idleMs: 30 * minuteMs,
  absoluteMs: dayMs / 2,
  signInLinkMs: 15 * minuteMs,
  tokenLifeMsMax: 90 * dayMs,
  passkeyChallengeMs: 5 * minuteMs,
} as const;
