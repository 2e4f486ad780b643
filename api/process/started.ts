import type { Config } from './config.ts';
import type { Riposte } from './wire.ts';

/** What is running, for those who show it. */
export interface Started {
  riposte: Riposte;
  config: Config;
  /** The stand-in for the outside world, when this process runs one. */
  lab: { url: string } | null;
  publicUrl: string;
  stop(): Promise<void>;
}
