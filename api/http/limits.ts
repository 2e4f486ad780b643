import type { Permission } from '../../engine/core/identity/rights.ts';
import { createCountWindow } from './count-window.ts';
import type { Caller } from './use-cases.ts';

/*
 * How much one caller may ask within a minute, by what the request is for. Counted are callers who have proved who
 * they are, never addresses: behind a proxy everybody has one, and whoever floods from there must not keep others away.
 * Each process counts what comes to it.
 */

/** Per caller and minute. */
export interface Limits {
  readonly requests: number;
  readonly intake: number;
}

/**
 * A person with a busy page asks a few times a second, a script that reads everything as fast as it is answered about
 * fifty times. An outbreak is 20,000 alerts within a minute, all from one product perhaps: three times that may come.
 */
export const defaultLimits: Limits = { requests: 6_000, intake: 60_000 };

/** Names of the policies, as callers read them. */
export type LimitName = 'requests' | 'intake' | 'urgent' | 'looks';

/**
 * What has to stay possible for somebody whose other requests are used up is counted by itself: questions and their
 * answers, stops and the pause. Made of the permission, so that no route of theirs can be forgotten.
 */
export function limitOf(permission: Permission): Exclude<LimitName, 'looks'> {
  if (permission === 'alerts.send' || permission === 'webhooks.send') return 'intake';
  return /^(approvals|tasks|stops)\./.test(permission) ? 'urgent' : 'requests';
}

export interface Limiter {
  /** One more. */
  count(caller: Counted, name: LimitName): Standing;
  /** Whether one more would be too many; counts nothing. */
  isUsedUp(caller: Counted, name: LimitName): boolean;
  /** Whether a refusal has yet to be told: once a minute for each caller. */
  isUntold(caller: Counted, name: LimitName): boolean;
}

type Counted = Pick<Caller, 'id' | 'tokenId'>;

export interface Standing {
  /** Seconds to wait, or null where it may be answered. */
  wait: number | null;
  /** draft-ietf-httpapi-ratelimit-headers-11. */
  headers: { 'RateLimit-Policy': string; RateLimit: string };
}

const windowMs = 60_000;

/** A token by itself, also one that speaks as a person: their script that runs wild leaves their pages alone. */
const keyOf = ({ tokenId, id }: Counted): string => tokenId ?? id;

export function createLimiter({ requests, intake }: Limits = defaultLimits): Limiter {
  // Pages ask again by themselves: what they use up takes nothing from what their person asks.
  const most = { requests, intake, urgent: requests, looks: requests };
  const windows = {
    requests: createCountWindow(requests, windowMs),
    intake: createCountWindow(intake, windowMs),
    urgent: createCountWindow(requests, windowMs),
    looks: createCountWindow(requests, windowMs),
  };
  const told = createCountWindow(1, windowMs);
  return {
    count(caller, name) {
      const limit = most[name];
      const { count, seconds } = windows[name].count(keyOf(caller));
      return {
        wait: count > limit ? seconds : null,
        headers: {
          'RateLimit-Policy': `"${name}";q=${limit};w=${windowMs / 1_000}`,
          RateLimit: `"${name}";r=${Math.max(0, limit - count)};t=${seconds}`,
        },
      };
    },
    isUsedUp: (caller, name) => windows[name].blockedForSeconds(keyOf(caller)) > 0,
    isUntold: (caller, name) => told.count(`${name} ${keyOf(caller)}`).count === 1,
  };
}
