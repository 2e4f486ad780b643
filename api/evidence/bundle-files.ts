/** What lies in an evidence bundle, by the names that the verifier knows. */
export const bundleFiles = {
  proofs: 'proofs',
  table: 'entries.csv',
  checkpoint: 'checkpoint',
  key: 'key',
  manifest: 'manifest.json',
  readme: 'README.md',
  program: 'verify-bundle.ts',
  verifier: 'verifier',
} as const;

/** Where a log keeps the one before it: each is whole in itself. */
export const beforeFolder = 'before';

/** Of one incident with its alerts and runs, or of one run. */
export type Subject = { kind: 'incident' | 'run'; id: string };

export interface BundledLog {
  log: string;
  origin: string;
  key: string;
  size: number;
  entries: { index: number; file: string; digest: string }[];
  /** Entries that retention has left a hash of; of those that only their text tied to the incident nothing is known. */
  withoutText: number[];
}
