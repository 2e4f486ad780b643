import type { TargetKind } from '../contracts/action.ts';
import type { OfflineHold, OfflineRun, Origin } from './offline-run.ts';

export type Target = { kind: TargetKind; id: string };

/** What a run of the case still holds. */
export interface HeldAtEnd {
  effect: string;
  target: Target;
  origin: Origin;
}

/*
 * Who wants an effect on a target, and whose doing it is (language reference 6; `runtime/store/queries/write-holds.ts`
 * and `undo-records.ts` in memory). Other runs' holds come from the case.
 */
export class Holds {
  #holds: OfflineHold[] = [];

  /** What another run holds already. */
  addForeign(effect: string, target: Target, origin: Origin): void {
    this.#holds.push({ effect, target, run: null, stepPath: '', state: 'held', origin });
  }

  want(run: OfflineRun, stepPath: string, effect: string, target: Target): void {
    this.#say({ effect, target, run, stepPath, state: 'wanted', origin: null });
  }

  /** Who finds an effect while one of ours is there found our own doing. */
  hold(run: OfflineRun, stepPath: string, effect: string, target: Target, said: Origin): void {
    const isOurs = this.#on(effect, target).some((each) => each.origin === 'ours' && each.state !== 'wanted');
    this.#say({ effect, target, run, stepPath, state: 'held', origin: isOurs ? 'ours' : said });
  }

  /** What was held for a while: its lease goes on, or taking it back failed. */
  restore(run: OfflineRun, stepPath: string, effect: string, target: Target, as: Restored): void {
    const own = this.#own(run, stepPath, effect, target);
    if (own === undefined) this.#holds.push({ effect, target, run, stepPath, ...as });
    else Object.assign(own, { state: as.state, origin: own.origin ?? as.origin });
  }

  /**
   * The effect did not come about. What was inherited meanwhile passes to those who still want or hold it.
   *
   * @returns effects that nobody wants any more although a run that let go left them to this one
   */
  drop(run: OfflineRun, stepPath: string): { effect: string; target: Target; origin: Origin }[] {
    const gone = this.#holds.filter(
      (each) => each.run === run && each.stepPath === stepPath && each.state === 'wanted',
    );
    this.#holds = this.#holds.filter((each) => !gone.includes(each));
    return gone.flatMap(({ effect, target, origin }) => {
      if (origin !== 'ours' && origin !== 'unknown') return [];
      return this.#passOn(effect, target, origin) ? [] : [{ effect, target, origin }];
    });
  }

  /** What the run's own hold knows of the origin; null when it has none. */
  originOf(run: OfflineRun, stepPath: string, effect: string, target: Target): Origin | null {
    return this.#own(run, stepPath, effect, target)?.origin ?? null;
  }

  /** Whether somebody holds it as what a run of ours has brought about. */
  isOurs(effect: string, target: Target): boolean {
    return this.#on(effect, target).some(({ origin }) => origin === 'ours');
  }

  isWantedBeside(run: OfflineRun, stepPath: string, effect: string, target: Target): boolean {
    const own = this.#own(run, stepPath, effect, target);
    return this.#wanting(effect, target).some((each) => each !== own);
  }

  /** @returns whether somebody else still wants the effect; ours stays ours for them */
  letGo(run: OfflineRun, stepPath: string, effect: string, target: Target, origin: Origin): boolean {
    const own = this.#own(run, stepPath, effect, target);
    this.#holds = this.#holds.filter((each) => each !== own);
    return this.#passOn(effect, target, origin);
  }

  /** The effect is gone, so nothing of it waits to be taken back. */
  forgetUnreleased(effect: string, target: Target): void {
    const gone = this.#on(effect, target).filter((each) => each.state === 'unreleased');
    this.#holds = this.#holds.filter((each) => !gone.includes(each));
  }

  /** What runs of this case still hold. */
  own(): HeldAtEnd[] {
    return this.#holds.flatMap(({ effect, target, run, state, origin }) =>
      run === null || state !== 'held' || origin === null ? [] : [{ effect, target, origin }],
    );
  }

  #say(said: OfflineHold): void {
    const own = said.run === null ? undefined : this.#own(said.run, said.stepPath, said.effect, said.target);
    if (own?.state === 'held') return;
    // Expectations name holds in the order in which they came about.
    this.#holds = this.#holds.filter((each) => each !== own);
    this.#holds.push(own === undefined ? said : { ...said, origin: merged(own.origin, said.origin) });
  }

  #passOn(effect: string, target: Target, origin: Origin): boolean {
    const heirs = this.#wanting(effect, target);
    for (const heir of heirs) {
      // One that is only wanted knows nothing yet, and may find this very effect.
      const knowsLess = (heir.origin ?? 'found') === 'found';
      if (origin === 'ours' || (origin === 'unknown' && knowsLess)) heir.origin = origin;
    }
    return heirs.length > 0;
  }

  #wanting(effect: string, target: Target): OfflineHold[] {
    return this.#on(effect, target).filter(({ state }) => state !== 'unreleased');
  }

  #own(run: OfflineRun, stepPath: string, effect: string, target: Target): OfflineHold | undefined {
    return this.#on(effect, target).find((each) => each.run === run && each.stepPath === stepPath);
  }

  #on(effect: string, { kind, id }: Target): OfflineHold[] {
    return this.#holds.filter(
      (each) => each.effect === effect && each.target.kind === kind && each.target.id === id,
    );
  }
}

type Restored = Pick<OfflineHold, 'state' | 'origin'>;

function merged(before: Origin | null, said: Origin | null): Origin | null {
  if (before === 'ours' || (before === 'unknown' && said === 'found')) return before;
  return said ?? before;
}
