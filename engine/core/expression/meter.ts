import { BudgetExceeded } from './expression-error.ts';
import { stepBudget, workBudget } from './limits.ts';

// One instance: the library swallows errors inside `||`, `&&` and `exists`, and then throws the
// next one at once. Building a stack trace for each would cost more than the loop it ends.
const exceeded = new BudgetExceeded('the expression needs more steps than it may take');

/**
 * What one evaluation has used, and the time it sees. Counting is exact and the same on every
 * machine. The library evaluates synchronously and none of our functions evaluates another
 * expression, so one meter per program, reset before each evaluation, is enough.
 */
export class Meter {
  nowMs = 0;
  exhausted = false;
  #steps = 0;
  #work = 0;

  reset(nowMs: number): void {
    this.nowMs = nowMs;
    this.exhausted = false;
    this.#steps = 0;
    this.#work = 0;
  }

  step(): void {
    this.#steps += 1;
    if (this.#steps > stepBudget) this.#stop();
  }

  charge(units: number): void {
    this.#work += units;
    if (this.#work > workBudget) this.#stop();
  }

  /** Charges for text or a list that was just made, or for text about to be read. */
  chargeSize(value: unknown): void {
    if (typeof value === 'string') this.charge(value.length / 64);
    else if (Array.isArray(value)) this.charge(value.length / 8);
  }

  /** Charges for a value that is about to be walked to its leaves: `==`, `in`, `to_json`. */
  chargeDeep(value: unknown): void {
    this.charge(1);
    if (typeof value === 'string') this.charge(value.length / 64);
    else if (Array.isArray(value)) for (const item of value) this.chargeDeep(item);
    else if (value instanceof Map) for (const item of value.values()) this.chargeDeep(item);
    else if (isPlainObject(value)) for (const key of Object.keys(value)) this.chargeDeep(value[key]);
  }

  #stop(): never {
    this.exhausted = true;
    throw exceeded;
  }
}

function isPlainObject(value: unknown): value is { [key: string]: unknown } {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
