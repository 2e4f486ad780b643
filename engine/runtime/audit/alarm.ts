/**
 * The log contradicts itself or what was published. Going on would seal the contradiction, so the
 * sequencer halts and stays halted until an operator has looked.
 */
export class AuditAlarm extends Error {
  /** `audit/key-missing` is about this host alone; the others are about the log. */
  readonly code: 'audit/fork' | 'audit/integrity' | 'audit/key-missing';
  constructor(code: AuditAlarm['code'], message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.name = 'AuditAlarm';
    this.code = code;
  }
}

/**
 * Two people have to order what becomes of this log: some sequencer found a contradiction, and one that
 * knows less must not seal over it.
 */
export class LogHeld extends AuditAlarm {
  constructor(reason: string) {
    const { code, message } = heldFor(reason);
    super(code, message);
    this.name = 'LogHeld';
  }
}

/** What the row of a hold says. */
export function heldFor(reason: string): { code: 'audit/fork' | 'audit/integrity'; message: string } {
  const [, code, why] = /^(audit\/fork|audit\/integrity): (.*)$/s.exec(reason) ?? [];
  return { code: code === 'audit/integrity' ? code : 'audit/fork', message: why ?? reason };
}

/** Another sequencer raised the epoch: whatever this one was about to write has been rolled back. */
export class SequencerFenced extends Error {
  constructor(mine: number, current: number) {
    super(`the log is at epoch ${current}, this sequencer holds epoch ${mine}`);
    this.name = 'SequencerFenced';
  }
}

/**
 * Why a claim does not hold any more. Epochs only grow and no log goes away, so a database that knows less than when
 * the claim was made was put back, and what was sealed since has been outside.
 * @param epoch of the claimed log, null when there is no such log
 */
export function claimLost(
  { logId, epoch: mine }: { logId: string; epoch: number },
  epoch: number | null,
): SequencerFenced | AuditAlarm {
  if (epoch === null)
    return new AuditAlarm('audit/fork', `the log ${logId} has disappeared: the database was put back`);
  return epoch < mine
    ? new AuditAlarm(
        'audit/fork',
        `the log was claimed ${mine} times, the database knows of ${epoch}: it was put back`,
      )
    : new SequencerFenced(mine, epoch);
}

/**
 * A pending row that `recordAudit` cannot have written. It is sealed as it is, because it is evidence
 * and because one row must not stop the log; `verifyAudit` will report its index for ever.
 */
export class PoisonedEntry extends Error {
  /** Null when the row was dropped, as the log held exactly these bytes already. */
  readonly index: number | null;
  constructor(id: string, index: number | null, why: string) {
    super(`pending entry ${JSON.stringify(id)}: ${why}`);
    this.name = 'PoisonedEntry';
    this.index = index;
  }
}
