/** What lies in an evidence bundle, by the names that the verifier knows. */
export const bundleFiles = {
  proofs: 'proofs',
  artifacts: 'artifacts',
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

/** An answer of a target that its step does not hold, as the bundle's manifest names it. */
export interface BundledArtifact {
  id: string;
  run: string;
  /** Path of the step. */
  step: string;
  /** Bytes that were kept, and `sha256:…` of them: by this its entry in the log names it. */
  size: number;
  sha256: string;
  /** What lies here, and `sha256:…` of that; null when nothing does. */
  file: string | null;
  digest: string | null;
  /** Why it is not here, or not byte for byte; null when all of it is. */
  why: string | null;
}
