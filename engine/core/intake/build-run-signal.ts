import type { JsonObject } from '../../../schemas/json.ts';
import { alertView } from './alert-view.ts';
import type { IncomingEvent } from './incoming-event.ts';

export interface FailedRun {
  id: string;
  playbook: string;
  state: string;
  reason: string;
  /** Of the alert that started it, if one did. */
  severity: string | null;
  endedAtMs: number;
  /** Its own place in a chain of runs. */
  chain: number;
}

/** `run.failed`: marked, so that no playbook answers its own failure for ever. */
export function buildRunSignal(id: string, run: FailedRun): IncomingEvent {
  const seen: JsonObject = { id: run.id, playbook: run.playbook, state: run.state, reason: run.reason };
  const alert = alertView({
    id,
    source: 'riposte',
    source_id: run.id,
    title: `A run of ${run.playbook} ended ${run.state}`,
    description: run.reason,
    severity: run.severity ?? 'medium',
    category: 'run-failed',
    created_at: new Date(run.endedAtMs).toISOString(),
    raw: { run: seen },
  });
  const type = 'run.failed';
  const signal = { id, type, run: seen } as const;
  return { id, type, alert, signal, mark: run.playbook, chain: run.chain + 1, addressee: null };
}
