import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { MintId, TenantId } from '../../../schemas/ids.ts';
import type { Hash } from '../../core/audit/merkle.ts';
import type { OrderSigner } from '../../core/audit/signed-order.ts';
import { partialTiles } from '../../core/audit/tiles.ts';
import { formatVerifierKey, parseVerifierKey, verifierKey } from '../../core/audit/verifier-key.ts';
import type { Pass } from '../fault-point.ts';
import type { Database } from '../store/database.ts';
import { readDoubt, readGivenUp, readHold, readNewestLog } from '../store/queries/audit-orders.ts';
import { AuditAlarm, heldFor, LogHeld, SequencerFenced } from './alarm.ts';
import type { AnchorPlace } from './anchor-place.ts';
import { beginIncarnation } from './begin-incarnation.ts';
import { planKeyChange } from './change-key.ts';
import { type Claim, claimLog } from './claim-log.ts';
import { LogComparison } from './compare-log.ts';
import { compareSealed } from './compare-sealed.ts';
import { findVoucher } from './find-voucher.ts';
import { givePlaceUp, orderedPlace } from './give-place-up.ts';
import { HeadMemory } from './head-memory.ts';
import { holdContainment } from './hold-containment.ts';
import { expectClaimed, keepCheckpoint, type Voucher } from './keep-checkpoint.ts';
import { noteDoubt } from './note-doubt.ts';
import { NotOrdered, orderToDo, refuseOrder, type SignedOrder } from './order-to-do.ts';
import type { OwnHeads } from './own-heads.ts';
import { readTiles } from './read-tiles.ts';
import {
  type Batch,
  type BatchLimits,
  type OwnEntry,
  sealOwnEntry,
  sequenceBatch,
} from './sequence-batch.ts';
import type { LogKeys, LogSigner } from './signing-key.ts';
import { clearTruncated, planTruncation, raiseMinIndex } from './truncate-log.ts';

export interface SealParts {
  database: Database;
  tenant: TenantId;
  mint: MintId;
  origin: string;
  keys: LogKeys;
  onError(error: Error): void;
  places?: readonly AnchorPlace[];
  heads?: OwnHeads;
  /** How long texts are kept; null for ever. */
  retentionDays?: number | null;
  /** Whose signatures every order takes; null: nobody's. */
  signers?: readonly OrderSigner[] | null;
  pass?: Pass;
}

/** With what signs the next head: the log's key, and one that hands over to it. */
type Held = Claim & { signer: LogSigner; voucher: Voucher | null };

/**
 * One sequencer's hold on the log: claim it, drain what is pending, keep checkpoints. Not re-entrant;
 * `sequence-audit.ts` calls it one step at a time.
 */
export class LogSeal {
  #parts: SealParts;
  #limits: BatchLimits & { checkpointMs: number };
  #comparison: LogComparison;
  #memory: HeadMemory;
  #claim: Held | null = null;
  #alarm: AuditAlarm | null = null;
  #alarmedLog = '';
  #holds = false;
  #head: { size: number; root: Hash } | null = null;
  /** Monotonic: a machine whose clock is set back would else sign nothing for as long. */
  #keptAtMs = Number.NEGATIVE_INFINITY;
  #unsure = false;
  #made: { digest: string; signer: LogSigner } | null = null;
  #givenUp: ReadonlySet<string> = new Set();

  constructor(parts: SealParts, limits: BatchLimits & { checkpointMs: number }) {
    this.#parts = parts;
    this.#limits = limits;
    this.#comparison = new LogComparison({ ...parts, places: () => this.places });
    this.#memory = new HeadMemory(parts);
  }

  /** Those that are configured and that nobody has given up. */
  get places(): readonly AnchorPlace[] {
    return (this.#parts.places ?? []).filter(({ name }) => !this.#givenUp.has(name));
  }

  get leading(): boolean {
    return this.#claim !== null;
  }

  /** The answer to a commit was lost: only another claim says what is so, and which key is in force. */
  get unsure(): boolean {
    return this.#unsure;
  }

  get alarm(): AuditAlarm | null {
    return this.#alarm;
  }

  /** Something outside contradicts the log. */
  async raise(alarm: AuditAlarm): Promise<void> {
    await this.#guarded(() => Promise.reject(alarm)).catch(() => undefined);
  }

  /** Repeated by the caller until it has worked. */
  async hold(): Promise<void> {
    if (this.#alarm === null || this.#holds) return;
    const { database, tenant, mint } = this.#parts;
    // A key that is missing here is this host's matter, and the log is none the worse; what others hold is held.
    if (this.#alarm.code !== 'audit/key-missing' && !(this.#alarm instanceof LogHeld))
      await holdContainment(database, tenant, mint, this.#alarm);
    this.#holds = true;
  }

  async claim(): Promise<void> {
    await this.#guarded(async () => {
      const { database, tenant } = this.#parts;
      await this.#settlePlaces();
      const { signer, ...log } = await this.#newest();
      await this.#comparison.compare(log);
      await this.#memory.compare(log);
      const claim = await claimLog(database, tenant, { ...log, publicKey: signer.publicKey });
      this.#claim = { ...claim, signer, voucher: await this.#findVoucher(claim) };
      this.#unsure = false;
      // Whoever sealed it ended before it was signed.
      if (claim.size > claim.keptSize) this.#head = { size: claim.size, root: claim.root };
      await this.#comparison.noteFor(claim);
    });
  }

  /**
   * The database runs somewhere else than it did when the log was claimed, or the log got shorter: it may have been put
   * back. A batch would notice, but the next entry is that of something that went out already.
   */
  async compareAgain({ place, size }: { place: string; size: number }): Promise<void> {
    const claim = this.#claim;
    if (claim === null || (this.#comparison.place === place && size >= claim.size)) return;
    await this.#guarded(async () => {
      const { database, tenant } = this.#parts;
      const tiles = await readTiles(database, tenant, claim.logId, partialTiles(claim.size));
      await compareSealed(database, tenant, claim, { size, tiles });
      await this.#comparison.compare(claim);
      await this.#comparison.noteFor(claim);
    });
  }

  /** A place that answers no questions took what it was brought. */
  async carried(place: AnchorPlace): Promise<void> {
    if (this.#claim !== null && this.#comparison.add(place)) await this.#comparison.noteFor(this.#claim);
  }

  /** Before anything is asked: a place that is dead for ever keeps the log from being claimed. */
  async #settlePlaces(): Promise<void> {
    const { database, tenant } = this.#parts;
    const digest = await orderedPlace(database, tenant);
    if (digest !== null) await this.obey(digest);
    await this.heed(await readGivenUp(database, tenant));
  }

  /** @param givenUp as the database names them now; other sequencers do what is ordered too */
  async heed(givenUp: readonly string[]): Promise<void> {
    const { places = [], onError } = this.#parts;
    const news = givenUp.filter((name) => !this.#givenUp.has(name));
    if (news.length === 0) return;
    this.#givenUp = new Set([...this.#givenUp, ...givenUp]);
    for (const { name } of places.filter((place) => news.includes(place.name)))
      onError(
        new Error(`two people have given ${name} up: it is asked no more; take it out of the configuration`),
      );
    // What waited for it alone waits no longer.
    if (this.#claim !== null) await this.#comparison.noteFor(this.#claim);
  }

  /** Says what is known of a log that is held, for the people who decide; nothing when it is not held. */
  async noteDoubt(): Promise<void> {
    const { database, tenant, origin, keys } = this.#parts;
    const { places } = this;
    const hold = await readHold(database, tenant);
    if (hold === null) return;
    // Who knows no place outside must not overwrite what others saw there.
    if (places.length === 0 && (await readDoubt(database, tenant)) !== null) return;
    const { code, message } = this.#alarm ?? new LogHeld(hold.reason);
    const found = code === 'audit/key-missing' ? heldFor(hold.reason) : { code, message };
    await noteDoubt(database, tenant, places, { origin, keys }, found);
  }

  /**
   * Does what two people ordered, or says that it is not so any more.
   * @returns whether another log has begun
   */
  async obey(digest: string): Promise<boolean> {
    const { database, tenant, mint, pass, signers = null } = this.#parts;
    try {
      const order = await orderToDo(database, tenant, digest, signers);
      if (order.terms.kind === 'incarnation') {
        const signer = this.#keyFor(digest);
        pass?.('incarnation.key-made');
        await beginIncarnation(this.#parts, digest, signer, signers);
        this.renew();
        return true;
      }
      if (order.terms.kind === 'place') {
        await givePlaceUp(this.#parts, digest, signers);
        return false;
      }
      // Only for the one who leads; others leave it to them.
      if (this.#claim === null) return false;
      if (order.terms.kind === 'key') await this.#changeKey(this.#claim, order);
      else await this.#truncate(this.#claim, order);
    } catch (error) {
      if (!(error instanceof NotOrdered)) throw error;
      await refuseOrder(database, tenant, mint, error);
    }
    return false;
  }

  async #changeKey(claim: Held, order: SignedOrder): Promise<void> {
    const { tenant } = this.#parts;
    // There is one voucher for the next head: the key before hands over first.
    if (claim.voucher !== null) await this.keepCheckpoint();
    const signer = this.#keyFor(order.digest);
    const key = formatVerifierKey(verifierKey(claim.origin, signer.publicKey));
    await this.#sealOwn(planKeyChange(tenant, claim, order, key));
    this.#claim = { ...claim, key, signer, voucher: { name: claim.origin, signer: claim.signer } };
    await this.keepCheckpoint();
  }

  /** One for each order, however often it is tried: a try that fails must not leave another file each time. */
  #keyFor(digest: string): LogSigner {
    if (this.#made?.digest !== digest) this.#made = { digest, signer: this.#parts.keys.create() };
    return this.#made.signer;
  }

  /** Says it first; the bytes go only below a head that says it too, here and in every place outside. */
  async #truncate(claim: Claim & { signer: LogSigner }, order: SignedOrder): Promise<void> {
    const { database, tenant, retentionDays = null } = this.#parts;
    if (order.entryIndex === null) {
      await this.#sealOwn(planTruncation(tenant, claim, order, claim.signer, retentionDays));
      await this.keepCheckpoint();
    } else await raiseMinIndex(database, tenant, order, this.#parts.pass);
  }

  /** @returns whether more may be left */
  async clear(): Promise<boolean> {
    const { database, tenant, pass } = this.#parts;
    if (this.#claim === null) return false;
    const more = await clearTruncated(database, tenant, this.#claim.logId);
    pass?.('truncate.cleared');
    return more;
  }

  /** An entry of our own with what has to be durable with it. */
  async #sealOwn({ draft, alongside }: OwnEntry): Promise<void> {
    const { database, tenant, mint, pass } = this.#parts;
    await this.#guarded(async () => {
      for (;;) {
        if (this.#claim === null) throw new Error('the log has to be claimed before it is written');
        const batch = await sealOwnEntry(
          database,
          tenant,
          this.#claim,
          mint,
          draft,
          this.#limits,
          alongside,
          pass,
        ).catch((error: unknown) => this.#doubt(error));
        if (batch.kind === 'sealed') {
          this.#remember(this.#claim, batch);
          pass?.('own.sealed');
          return;
        }
        await sleep(10);
      }
    });
  }

  #remember(claim: Held, { size, root }: { size: number; root: Hash }): void {
    Object.assign(claim, { size, root });
    this.#head = { size, root };
  }

  /** Nobody knows whether it was committed, but where the error itself says that it was not. */
  #doubt(error: unknown): never {
    if (!(error instanceof NotOrdered || error instanceof AuditAlarm || error instanceof SequencerFenced)) {
      this.release();
      this.#unsure = true;
    }
    throw error;
  }

  /** Another log has begun, here or by another sequencer: what was wrong with the one before is settled. */
  renew(): void {
    this.release();
    this.#alarm = null;
    this.#holds = false;
  }

  /** Whether what stopped this sequencer is over: a newer log, or the key that was missing. */
  async isOver(): Promise<boolean> {
    const { database, tenant, keys } = this.#parts;
    const newest = await readNewestLog(database, tenant);
    if (newest === null || this.#alarm === null) return false;
    if (this.#alarm.code !== 'audit/key-missing') return newest.logId !== this.#alarmedLog;
    const key = parseVerifierKey(newest.vkey ?? '');
    return key !== null && keys.find(key.publicKey) !== null;
  }

  /** A new log whose old key is on no host of ours begins without its word; a handing over waits for the file. */
  async #findVoucher(claim: Claim): Promise<Voucher | null> {
    const { database, tenant, keys } = this.#parts;
    return await findVoucher(database, tenant, claim, keys);
  }

  async #newest(): Promise<{ logId: string; origin: string; signer: LogSigner }> {
    const { database, tenant, origin, keys } = this.#parts;
    const newest = await readNewestLog(database, tenant);
    const key = parseVerifierKey(newest?.vkey ?? '');
    const signer = (key === null ? null : keys.find(key.publicKey)) ?? keys.first;
    return { logId: newest?.logId ?? '1', origin: newest?.origin ?? origin, signer };
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
        for (const poisoned of batch.poisoned) this.#parts.onError(poisoned);
        if (batch.taken < this.#limits.batchRows) return { taken, more: false };
      }
      return { taken, more: true };
    });
  }

  /** An idle leader writes nothing that could fail, so it has to look whether it still leads. */
  async compareEpoch({ logId, epoch }: Pick<Claim, 'logId' | 'epoch'>): Promise<void> {
    await this.#guarded(async () => {
      const { database, tenant } = this.#parts;
      const claim = this.#claim;
      if (claim === null || (claim.logId === logId && claim.epoch === epoch)) return;
      await expectClaimed(database, tenant, claim);
    });
  }

  /** Milliseconds until the next checkpoint is due, or null when the last one names the newest entry. */
  get checkpointDueMs(): number | null {
    if (this.#head === null) return null;
    return Math.max(0, this.#keptAtMs + this.#limits.checkpointMs - performance.now());
  }

  async keepCheckpoint(): Promise<void> {
    await this.#guarded(async () => {
      if (this.#head === null || this.#claim === null) return;
      const { logId } = this.#claim;
      const note = await keepCheckpoint(
        this.#parts.database,
        this.#parts.tenant,
        this.#claim,
        this.#head,
        this.#claim.voucher === null ? [this.#claim.signer] : [this.#claim.signer, this.#claim.voucher],
        this.#parts.pass,
      );
      this.#claim.voucher = null;
      this.#parts.pass?.('seal.kept');
      this.#head = null;
      this.#keptAtMs = performance.now();
      await this.#memory.remember(logId, note);
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
      if (batch.kind === 'sealed') this.#remember(this.#claim, batch);
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
        this.#alarmedLog = (await this.#newest().catch(() => null))?.logId ?? this.#claim?.logId ?? '';
        this.#alarm = error;
        this.release();
        this.#parts.onError(error);
        await this.hold().catch((failure: Error) => this.#parts.onError(failure));
      }
      if (error instanceof AuditAlarm || error instanceof SequencerFenced) this.release();
      throw error;
    }
  }
}
