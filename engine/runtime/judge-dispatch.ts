import type { Command, RunEvent } from '../core/contracts/command.ts';
import type { StopRow } from './store/queries/win-facts.ts';

/**
 * The one chokepoint before anything goes out (invariant 7). The emergency stop is first and has no
 * exception for playbooks, callers or administrators; it does not hold reads, notices and releases. The pause
 * holds those as well, releases aside.
 */
export function judgeDispatch(
  command: Extract<Command, { kind: 'check-guards' }>,
  playbookId: string,
  stops: readonly StopRow[],
  pause: string | null,
): RunEvent {
  const { ref, rendered, deny } = command;
  if (deny !== null) return { type: 'guard.denied', ref, guardId: deny.guardId, message: deny.message };
  const stop = stops.find((row) => row.active && touches(row, rendered.system, playbookId));
  if (stop?.scope === 'audit') {
    const message = `the audit log is not to be trusted: ${stop.reason ?? 'no reason given'}`;
    return { type: 'guard.held', ref, by: 'audit', message };
  }
  if (stops.some((row) => !row.compared)) {
    const message = 'since the database started, nobody has held the audit log against what stands outside';
    return { type: 'guard.held', ref, by: 'compare', message };
  }
  if (stop !== undefined) {
    return {
      type: 'guard.held',
      ref,
      by: 'stop',
      message: `emergency stop (${stop.scope}): ${stop.reason ?? 'no reason given'}`,
    };
  }
  if (pause !== null) return { type: 'guard.held', ref, by: 'pause', message: `paused: ${pause}` };
  return { type: 'guard.allowed', ref };
}

function touches(stop: StopRow, system: string, playbookId: string): boolean {
  switch (stop.scope) {
    case 'everything':
    case 'audit':
      return true;
    case 'system':
      return stop.subject === system;
    case 'playbook':
      return stop.subject === playbookId;
  }
}
