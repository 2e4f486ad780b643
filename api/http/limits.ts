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
export type LimitName = 'requests' | 'intake' | 'urgent';

/**
 * What has to stay possible for somebody whose other requests are used up is counted by itself: questions and their
 * answers, stops and the pause. Made of the permission, so that no route of theirs can be forgotten.
 */
export function limitOf(permission: Permission): LimitName {
  if (permission === 'alerts.send' || permission === 'webhooks.send') return 'intake';
  return /^(approvals|tasks|stops)\./.test(permission) ? 'urgent' : 'requests';
}

export interface Counted {
  /** Null: it may be answered. Else the seconds to wait, and whether this is the first that is not. */
  over: { seconds: number; isFirst: boolean } | null;
  /** draft-ietf-httpapi-ratelimit-headers-11. */
  headers: { 'RateLimit-Policy': string; RateLimit: string };
}

export type Limiter = (caller: Pick<Caller, 'id' | 'tokenId'>, name: LimitName) => Counted;

const windowMs = 60_000;

export function createLimiter({ requests, intake }: Limits = defaultLimits): Limiter {
  const most = { requests, intake, urgent: requests };
  const windows = {
    requests: createCountWindow(requests, windowMs),
    intake: createCountWindow(intake, windowMs),
    urgent: createCountWindow(requests, windowMs),
  };
  return (caller, name) => {
    const limit = most[name];
    // A token by itself, also one that speaks as a person: their script that runs wild leaves their pages alone.
    const { count, seconds } = windows[name].count(caller.tokenId ?? caller.id);
    const left = Math.max(0, limit - count);
    return {
      over: count > limit ? { seconds, isFirst: count === limit + 1 } : null,
      headers: {
        'RateLimit-Policy': `"${name}";q=${limit};w=${windowMs / 1_000}`,
        RateLimit: `"${name}";r=${left};t=${seconds}`,
      },
    };
  };
}
