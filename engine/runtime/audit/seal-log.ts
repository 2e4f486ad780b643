import { setTimeout as sleep } from 'node:timers/promises';
import type { MintId, TenantId } from '../../../schemas/ids.ts';
import type { Hash } from '../../core/audit/merkle.ts';
import type { Clock } from '../../core/contracts/ports.ts';
import type { Pass } from '../fault-point.ts';
import type { Database } from '../store/database.ts';
import { AuditAlarm, SequencerFenced } from './alarm.ts';
import { type Claim, claimLog } from './claim-log.ts';
import { keepCheckpoint } from './keep-checkpoint.ts';
import { type Batch, type BatchLimits, sequenceBatch } from './sequence-batch.ts';
import type { LogSigner } from './signing-key.ts';

export interface SealParts {
  database: Database;
  tenant: TenantId;
  clock: Clock;
  mint: MintId;
  origin: string;
  signer: LogSigner;
  onError(error: Error): void;
  pass?: Pass;
}

/**
 * One sequencer's hold on the log: claim it, drain what is pending, keep checkpoints. Not re-entrant;
 * `sequence-audit.ts` calls it one step at a time.
 */
export class LogSeal {
  #parts: SealParts;
  #limits: BatchLimits & { checkpointMs: number };
  #claim: Claim | null = null;
  #alarm: AuditAlarm | null = null;
  #head: { size: number; root: Hash } | null = null;
  #keptAtMs = Number.NEGATIVE_INFINITY;

  constructor(parts: SealParts, limits: BatchLimits & { checkpointMs: number }) {
    this.#parts = parts;
    this.#limits = limits;
  }

  get leading(): boolean {
    return this.#claim !== null;
  }

  get alarm(): AuditAlarm | null {
    return this.#alarm;
  }

  async claim(): Promise<void> {
    await this.#guarded(async () => {
      this.#claim = await claimLog(
        this.#parts.database,
        this.#parts.tenant,
        this.#parts.origin,
        this.#parts.signer.publicKey,
      );
    });
  }

  /** At most `batches` transactions; says how many pending entries went and whether more may be left. */
  async drain(batches: number): Promise<{ taken: number; more: boolean }> {
    return await this.#guarded(async () => {
      let taken = 0;
      for (let done = 0; done < batches; done++) {
        const batch = await this.#sequence();
        if (batch.kind === 'nothing') return { taken, more: false };
        this.#parts.pass?.('seal.committed');
        taken += batch.taken;
        this.#head = { size: batch.size, root: batch.root };
        for (const poisoned of batch.poisoned) this.#parts.onError(poisoned);
        if (batch.taken < this.#limits.batchRows) return { taken, more: false };
      }
      return { taken, more: true };
    });
  }

  /** An idle leader writes nothing that could fail, so it has to look whether it still leads. */
  async compareEpoch(epoch: number): Promise<void> {
    await this.#guarded(async () => {
      if (this.#claim !== null && this.#claim.epoch !== epoch)
        throw new SequencerFenced(this.#claim.epoch, epoch);
    });
  }

  /** Milliseconds until the next checkpoint is due, or null when the last one names the newest entry. */
  get checkpointDueMs(): number | null {
    if (this.#head === null) return null;
    return Math.max(0, this.#keptAtMs + this.#limits.checkpointMs - this.#parts.clock.nowMs());
  }

  async keepCheckpoint(): Promise<void> {
    await this.#guarded(async () => {
      if (this.#head === null || this.#claim === null) return;
      await keepCheckpoint(
        this.#parts.database,
        this.#parts.tenant,
        this.#claim,
        this.#head,
        this.#parts.signer,
        this.#parts.pass,
      );
      this.#parts.pass?.('seal.kept');
      this.#head = null;
      this.#keptAtMs = this.#parts.clock.nowMs();
    });
  }

  /** Forgets the claim. The epoch stays: whoever claims next raises it. */
  release(): void {
    this.#claim = null;
    this.#head = null;
  }

  async #sequence(): Promise<Exclude<Batch, { kind: 'busy' }>> {
    const { database, tenant, mint, pass } = this.#parts;
    for (;;) {
      if (this.#claim === null) throw new Error('the log has to be claimed before it is drained');
      const batch = await sequenceBatch(database, tenant, this.#claim, mint, this.#limits, pass);
      if (batch.kind !== 'busy') return batch;
      // Another one's batch takes milliseconds, and at most `heldMs` when it was paused.
      await sleep(10);
    }
  }

  /** After an alarm nothing is ever written again; after a fence the claim is gone. */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.#alarm !== null) throw this.#alarm;
    try {
      return await work();
    } catch (error) {
      if (error instanceof AuditAlarm) {
        this.#alarm = error;
        this.#parts.onError(error);
      }
      if (error instanceof AuditAlarm || error instanceof SequencerFenced) this.release();
      throw error;
    }
  }
}
