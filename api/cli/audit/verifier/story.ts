import type { Finding } from './finding.ts';
import type { KnownKeys } from './orders.ts';

/* Entries only, in canonical form; no outcome without its intent, and no effect on a yes that was not given or was void for it. */

/** What later entries may build on, over several logs. */
export interface Facts {
  attempted: Set<string>;
  granted: Set<string>;
  /** Yeses that one action could not go out on any more. */
  voided: Set<string>;
  /** Passkeys of people, as the log has named them. */
  keys: KnownKeys;
}

export class Story {
  elsewhere = 0;
  #findings: Finding[];
  #attempted: Set<string>;
  #granted: Set<string>;
  #voided: Set<string>;
  /** Whether all that came before is known. */
  #whole: boolean;

  constructor(findings: Finding[], facts: Facts | null | undefined) {
    this.#findings = findings;
    this.#attempted = facts?.attempted ?? new Set();
    this.#granted = facts?.granted ?? new Set();
    this.#voided = facts?.voided ?? new Set();
    this.#whole = facts !== null;
  }

  pass(index: number, raw: string): void {
    let entry: unknown;
    try {
      entry = JSON.parse(raw);
    } catch {
      this.#say(index, 'it is not JSON');
      return;
    }
    if (!isObject(entry) || isDeeper(entry, levelsMax)) {
      this.#say(index, 'it is no entry: no object, or one of too many levels');
      return;
    }
    if (canonical(entry) !== raw) this.#say(index, 'it is not in canonical form (RFC 8785)');
    else if (!hasFields(entry)) this.#say(index, 'it is no entry: a field that each one has is missing');
    const { type, actionKey, approvalId } = entry;
    const approval = `${String(approvalId)} ${String(entry.planDigest)}`;
    const use = `${String(actionKey)} ${String(approvalId)}`;
    if (type === 'approval.granted') this.#granted.add(approval);
    if (type === 'approval.voided' && actionKey !== undefined && approvalId !== undefined)
      this.#voided.add(use);
    if (type === 'action.attempted') {
      this.#attempted.add(String(actionKey));
      if (approvalId !== undefined && !this.#granted.has(approval))
        this.#miss(
          index,
          `an action under the approval ${String(approvalId)}, which nobody granted before for exactly this`,
        );
      if (this.#voided.has(use))
        this.#say(index, `an action under the approval ${String(approvalId)}, which was void for it before`);
    }
    const outcome = type === 'action.succeeded' || type === 'action.failed' || type === 'action.unknown';
    if (outcome && !this.#attempted.has(String(actionKey)))
      this.#miss(index, 'an outcome of an action that was never attempted');
  }

  /** What came before is not all at hand: the text of an entry is gone. */
  forget(): void {
    this.#whole = false;
  }

  #miss(index: number, message: string): void {
    if (this.#whole) this.#say(index, message);
    else this.elsewhere += 1;
  }

  #say(index: number, message: string): void {
    this.#findings.push({ kind: 'semantic', index, message: `entry ${index}: ${message}` });
  }
}

/** Many times what an entry has, and little of what the stack holds: 16 KiB of brackets must not end the verification. */
const levelsMax = 1_000;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
}

function isObject(value: unknown): value is { [field: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function hasFields({ v, id, tenant, time, type, actor }: { [field: string]: unknown }): boolean {
  const words = [id, tenant, time, type].every((field) => typeof field === 'string');
  return v === 1 && words && isObject(actor) && typeof actor.id === 'string';
}

/** RFC 8785 for what entries hold: no fractions, so numbers are as JSON writes them. Null for half a character. */
function canonical(value: unknown): string | null {
  return isWhole(value) ? written(value) : null;
}

function isWhole(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, each]) => name.isWellFormed() && isWhole(each));
}

function written(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(written).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${written(field)}`).join(',')}}`;
  }
  return JSON.stringify(value);
}
