import { isJsonObject, type JsonObject } from '../../../schemas/json.ts';
import { revealHidden } from './reveal-hidden.ts';

export interface Line {
  mark: string;
  style: 'green' | 'yellow' | 'red' | 'cyan' | 'dim' | 'magenta';
  text: string;
}

/** One audit entry as a line for the terminal, or null for what only fills the log. */
export function lineOf(entry: JsonObject): Line | null {
  const what = targetOf(entry);
  const action = String(entry.action ?? '').split('@')[0] ?? '';
  const why = revealHidden(String(entry.reason ?? ''));
  const data = isJsonObject(entry.data) ? entry.data : {};
  switch (entry.type) {
    case 'alert.accepted':
      return {
        mark: '●',
        style: 'cyan',
        text: `alert     ${String(data.severity)} ${String(data.category)}: ${what}`,
      };
    case 'run.attached':
      return { mark: '●', style: 'dim', text: 'attached  the alert belongs to a run that covers it' };
    case 'run.started':
      return { mark: '▶', style: 'dim', text: `run       ${playbookOf(entry)}` };
    case 'action.succeeded':
      if (isQuiet(action)) return null;
      return { mark: '✔', style: 'green', text: `done      ${words(action)} ${what}` };
    case 'action.failed':
      return { mark: '✖', style: 'red', text: `failed    ${words(action)} ${what}: ${why}` };
    case 'action.unknown':
      return { mark: '?', style: 'yellow', text: `unknown   ${words(action)} ${what}: ${why}` };
    case 'guard.denied':
      return { mark: '⛔', style: 'red', text: `denied    ${words(action)} ${what}: ${why}` };
    case 'approval.requested':
      return {
        mark: '✋',
        style: 'yellow',
        text: `waiting   ${why}  for ${listOf(data.approvers)}, quorum ${String(data.quorum)}`,
      };
    case 'approval.voted':
      return {
        mark: '✍',
        style: 'magenta',
        text: `vote      ${String(data.decision)} (${String(data.votes)} of ${String(data.quorum)})`,
      };
    case 'approval.granted':
      return { mark: '✔', style: 'green', text: `approved  ${words(action)} ${what}` };
    case 'approval.denied':
      return { mark: '✖', style: 'red', text: `denied    ${words(action)} ${what}: ${why}` };
    case 'approval.expired':
      return { mark: '⌛', style: 'red', text: `expired   ${words(action)} ${what}: silence is no` };
    case 'action.held':
      return { mark: '■', style: 'red', text: `held      ${words(action)} ${what}: ${why}` };
    case 'stop.set':
      return { mark: '■', style: 'red', text: `STOP      ${String(data.scope)}: ${why}` };
    case 'stop.cleared':
      return { mark: '▶', style: 'green', text: 'resumed   containment goes on' };
    case 'pause.set':
      return { mark: '■', style: 'red', text: `PAUSE     ${why}` };
    case 'pause.lifted':
      return { mark: '▶', style: 'green', text: 'lifted    everything goes on' };
    case 'run.finished':
      return data.state === 'succeeded'
        ? null
        : {
            mark: '■',
            style: 'dim',
            text: `ended     ${playbookOf(entry)} as ${String(data.state)}: ${why}`,
          };
    default:
      return null;
  }
}

/** Look-ups and notes happen at every step; the story is about effects. */
function isQuiet(action: string): boolean {
  return /\.(get|search|add|post)-/.test(action);
}

function words(action: string): string {
  return action.slice(action.indexOf('.') + 1).replaceAll('-', ' ');
}

/** Names come from alerts and vendors: shown as data, control characters made visible. */
function targetOf(entry: JsonObject): string {
  if (!Array.isArray(entry.targets)) return '';
  const names = entry.targets
    .filter(isJsonObject)
    .map((target) => revealHidden(String(target.name ?? target.id ?? '')));
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

function playbookOf(entry: JsonObject): string {
  return isJsonObject(entry.playbook) ? String(entry.playbook.id) : '';
}

function listOf(value: unknown): string {
  return Array.isArray(value) ? value.join(', ') : '';
}
