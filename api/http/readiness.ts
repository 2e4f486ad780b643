import type { Read } from '../../engine/runtime/read/open-read.ts';
import { shareAnswer } from '../../engine/runtime/share-answer.ts';
import { NotReady } from './not-ready.ts';

/** Behind by more than this is worth a look; the reconciler works every few seconds. */
const lagSecondsMax = 60;

/**
 * Everybody may ask, also those who are nobody, and looking takes the database, the queue and a write: a second is
 * shared by all of them. Whoever asks every few seconds hears what is true now.
 */
const sharedMs = 1_000;

export interface Readiness {
  ok: boolean;
  checks: Check[];
}

interface Check {
  name: string;
  ok: boolean;
  detail: string;
}

export interface ReadinessParts {
  read: Pick<Read, 'readHealth'>;
  log: { error(fields: object, message: string): void };
  /** More checks, e.g. the queue; each resolves or rejects within its own time limit. */
  probes?: { readonly [name: string]: () => Promise<unknown> };
  /** Told, and no reason to send people elsewhere: everything else of this process works. */
  asides?: Asides;
}

export type Asides = { readonly [name: string]: () => Promise<unknown> };

export function createReadiness(parts: ReadinessParts, keptMs = sharedMs): () => Promise<Readiness> {
  return shareAnswer(() => look(parts), keptMs);
}

async function look(parts: ReadinessParts): Promise<Readiness> {
  const checksOf = (probes: Asides = {}) =>
    Promise.all(Object.entries(probes).map(([name, probe]) => answersIn(name, probe, parts)));
  const [store, needed, asides] = await Promise.all([
    storeChecks(parts),
    checksOf(parts.probes),
    checksOf(parts.asides),
  ]);
  const checks = [...store, ...needed];
  return { ok: checks.every((check) => check.ok), checks: [...checks, ...asides] };
}

/** Everybody may ask, so the answer names no host, no error text and no version. */
async function storeChecks({ read, log }: ReadinessParts): Promise<Check[]> {
  try {
    const { outboxLagSeconds, auditLagSeconds, anchorsFailing, logInDoubt } = await read.readHealth();
    return [
      { name: 'store', ok: true, detail: 'answers' },
      lag('outbox', outboxLagSeconds),
      lag('audit', auditLagSeconds),
      {
        name: 'log',
        ok: !logInDoubt,
        detail: logInDoubt ? 'contradicts itself or its anchors; containment is held' : 'continues',
      },
      {
        name: 'anchors',
        ok: anchorsFailing === 0,
        detail: anchorsFailing === 0 ? 'up to date' : `${anchorsFailing} not reached`,
      },
    ];
  } catch (error) {
    log.error({ err: error }, 'the store does not answer');
    return [{ name: 'store', ok: false, detail: 'does not answer' }];
  }
}

function lag(name: string, seconds: number): Check {
  const ok = seconds <= lagSecondsMax;
  return {
    name,
    ok,
    detail: ok ? 'up to date' : `${Math.round(seconds)} seconds behind`,
  };
}

async function answersIn(
  name: string,
  probe: () => Promise<unknown>,
  { log }: ReadinessParts,
): Promise<Check> {
  try {
    await probe();
    return { name, ok: true, detail: 'answers' };
  } catch (error) {
    log.error({ err: error, probe: name }, 'a readiness check failed');
    return { name, ok: false, detail: error instanceof NotReady ? error.message : 'does not answer' };
  }
}
