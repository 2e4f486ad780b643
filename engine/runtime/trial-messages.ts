import type { JsonObject } from '../../schemas/json.ts';
import type { Backtested } from '../core/backtest/backtest.ts';
import type { Around, Version } from '../core/backtest/play-version.ts';
import type { PastAlert } from '../core/backtest/would-match.ts';
import type { CasesText, PublishedPlay } from '../core/cases/play-published.ts';
import type { PlaybookUnderTest } from '../core/cases/playbook-under-test.ts';
import type { PreviewReport } from '../core/preview/preview-report.ts';

/* What the process and the one that tries a playbook for it say to each other. Plain data, as it is copied. */

export interface Trial {
  versions: { inForce: Version | null; candidate: Version | null };
  around: Around;
}

export type Asked =
  | { is: 'take'; alerts: PastAlert[]; untilMs: number }
  | { is: 'result' }
  | { is: 'plan'; alert: JsonObject; nowMs: number }
  | { is: 'play-cases'; cases: CasesText; under: PlaybookUnderTest };

export type Replied =
  | { is: 'taken'; taken: number }
  | { is: 'result'; result: Backtested }
  | { is: 'planned'; report: PreviewReport }
  | { is: 'cases-played'; answer: PublishedPlay };
