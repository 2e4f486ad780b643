import type { Lab } from '../../examples/lab/start-lab.ts';
import type { Config } from './config.ts';
import type { Riposte } from './wire.ts';

/** What is running, for those who show it. */
export interface Started {
  riposte: Riposte;
  config: Config;
  lab: Lab | null;
  publicUrl: string;
  stop(): Promise<void>;
}
