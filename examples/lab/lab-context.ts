import type { CallLog } from './http/call-log.ts';
import type { FaultRules } from './http/fault-rules.ts';
import type { Throttle } from './http/throttle.ts';
import type { Tokens } from './http/tokens.ts';
import type { Scenario } from './scenario.ts';
import type { World } from './world/world.ts';

/** What every part of the lab shares. `world` is replaced by a reset: never keep it across requests. */
export interface LabContext {
  world: World;
  readonly tokens: Tokens;
  readonly throttle: Throttle;
  readonly faults: FaultRules;
  readonly calls: CallLog;
  /** Seeds the estate anew and forgets faults, calls and throttling. Tokens stay valid. */
  reset(scenario?: Partial<Scenario>): void;
  /** Changes how the estate behaves from now on; throws for clock, seed times and crowd, which take a reset. */
  changeScenario(scenario: Partial<Scenario>): void;
}
