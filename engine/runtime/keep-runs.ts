import type { RunId } from '../../schemas/ids.ts';
import type { JsonObject } from '../../schemas/json.ts';
import type { RunGiven, ScopeSnapshot } from '../core/run/context.ts';
import { decodeSnapshot } from '../core/run/stored-snapshot.ts';
import type { ScopeName } from './scope-name.ts';

/** JSON of all that is kept: the runs under way at one time, if their alerts are of the usual few kilobytes. */
const keptCharsMax = 4_000_000;

/** What never changes of a run. */
export interface KeptRun {
  runId: RunId;
  digest: string;
  compilerVersion: number;
  snapshotVersion: number;
  priority: number;
  playbookId: string;
  playbookVersion: number;
  alertId: string | null;
  incidentId: string | null;
  concurrencyGroup: string | null;
  concurrencyLimit: number | null;
  restartOf: string | null;
  /** The caller, when it waits for this run's end. */
  caller: { runId: RunId; scope: string; ref: string } | null;
  /** In hexadecimal: under which its alert is kept for all runs that were given the same; null: for it alone. */
  alertSha256: string | null;
  given: RunGiven;
}

/**
 * What every move of a run asks for: what never changes of it, and what its scopes were left in. Nothing here is
 * believed that the database does not say as well: a snapshot is known by its text.
 */
export interface KeptRuns {
  get(run: RunId): KeptRun | undefined;
  /** For whoever reads another run that was given the same. */
  alertOf(sha256: string): KeptAlert | undefined;
  /**
   * @param chars of what it was given, as JSON, without an alert that is kept for several runs
   * @param alertChars of that
   */
  keep(run: KeptRun, chars: number, alertChars?: number): void;
  /** Of a run that is kept; once its transaction is committed. */
  keepSnapshot(scope: ScopeName, text: string, snapshot: ScopeSnapshot): void;
  /**
   * Of a scope that has ended, once that is committed; with the run's own goes the run. Nobody moves it any more, and
   * what dies soon after it was made costs the collector least.
   */
  forget(scope: ScopeName): void;
  decode(scope: ScopeName, text: string): ScopeSnapshot;
}

/** An alert that several runs were given. */
export interface KeptAlert {
  alert: JsonObject;
  /** Of its JSON. */
  chars: number;
}

interface Kept {
  run: KeptRun;
  snapshots: Map<string, { text: string; snapshot: ScopeSnapshot }>;
  chars: number;
}

export function createKeptRuns(charsMax = keptCharsMax): KeptRuns {
  const kept = new Map<RunId, Kept>();
  const alerts = new Map<string, KeptAlert & { runs: number }>();
  let chars = 0;
  function forgetRun(id: RunId): void {
    const known = kept.get(id);
    if (known === undefined) return;
    kept.delete(id);
    chars -= known.chars;
    const { alertSha256 } = known.run;
    const shared = alertSha256 === null ? undefined : alerts.get(alertSha256);
    if (alertSha256 === null || shared === undefined) return;
    shared.runs -= 1;
    if (shared.runs > 0) return;
    alerts.delete(alertSha256);
    chars -= shared.chars;
  }
  /** One object for all of them, whoever read it anew meanwhile. */
  function share(run: KeptRun, sha256: string, anew: KeptAlert): KeptRun {
    const known = alerts.get(sha256);
    const shared = known ?? { ...anew, runs: 0 };
    if (known === undefined) {
      alerts.set(sha256, shared);
      chars += shared.chars;
    }
    shared.runs += 1;
    return { ...run, given: { ...run.given, alert: shared.alert } };
  }
  /** The one that was not asked for longest goes first. */
  function makeRoom(): void {
    for (const oldest of kept.keys()) {
      if (chars <= charsMax) break;
      forgetRun(oldest);
    }
  }
  return {
    get(run) {
      const known = kept.get(run);
      if (known === undefined) return undefined;
      kept.delete(run);
      kept.set(run, known);
      return known.run;
    },
    alertOf: (sha256) => alerts.get(sha256),
    keep(run, its, alertChars = 0) {
      forgetRun(run.runId);
      const {
        alertSha256,
        given: { alert },
      } = run;
      const isShared = alertSha256 !== null && alert !== null;
      if (its + (isShared ? alertChars : 0) > charsMax) return;
      const mine = isShared ? share(run, alertSha256, { alert, chars: alertChars }) : run;
      kept.set(run.runId, { run: mine, snapshots: new Map(), chars: its });
      chars += its;
      makeRoom();
    },
    keepSnapshot({ runId, path }, text, snapshot) {
      const known = kept.get(runId);
      if (known === undefined) return;
      const more = text.length - (known.snapshots.get(path)?.text.length ?? 0);
      known.snapshots.set(path, { text, snapshot });
      known.chars += more;
      chars += more;
      makeRoom();
    },
    forget({ runId, path }) {
      if (path === 'run') return forgetRun(runId);
      const known = kept.get(runId);
      if (known === undefined) return;
      const less = known.snapshots.get(path)?.text.length ?? 0;
      known.snapshots.delete(path);
      known.chars -= less;
      chars -= less;
    },
    decode({ runId, path }, text) {
      const known = kept.get(runId)?.snapshots.get(path);
      return known?.text === text ? known.snapshot : decodeSnapshot(text);
    },
  };
}
