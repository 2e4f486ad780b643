import type { AlertId } from '../../schemas/ids.ts';
import type { Actor } from '../core/contracts/entry.ts';
import type { NormalizedAlert } from '../core/intake/normalize-alert.ts';

/** An alert that was understood, with who sent it. */
export interface AlertToStore {
  normalized: NormalizedAlert;
  actor: Actor;
  requestId: string;
}

export interface StoredAlert {
  alertId: AlertId;
  duplicate: boolean;
  /** Whoever matches should look: the alert, and what came of it, is not matched yet. */
  waits: boolean;
}
