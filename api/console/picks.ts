import type { Form } from './read-form.ts';

/** As many as a page of the list shows: few enough to be read one by one. */
export const picksMax = 25;

/** One question somebody chose, with the digest of the card they were shown; null where none was shown yet. */
export interface Pick {
  id: string;
  digest: string | null;
  /** Which yes of this person it would be. */
  round: number;
}

/**
 * `pick.0` to `pick.24`, each `<id>` or `<id> <digest> <round>`. A field of its own for each, because one that comes
 * several times is not a field of ours. What has another form is not one of ours either.
 */
export function readPicks(form: Form): Pick[] {
  const picks: Pick[] = [];
  for (let n = 0; n < picksMax; n++) {
    const text = form(pickName(n));
    const [, id, digest, round] =
      /^(apr_[\w-]{1,64})(?: (sha256:[0-9a-f]{64})(?: ([0-9]{1,6}))?)?$/.exec(text ?? '') ?? [];
    if (id === undefined || picks.some((pick) => pick.id === id)) continue;
    picks.push({ id, digest: digest ?? null, round: Number(round ?? 0) });
  }
  return picks;
}

/** The address under which these are read; what has another form is left out when it is read back. */
export function picksAddress(ids: readonly string[]): string {
  return `/actions/chosen?pick=${ids.map(encodeURIComponent).join(',')}`;
}

export function picksOf(text: string | undefined): Pick[] {
  const ids = (text ?? '').split(',').slice(0, picksMax);
  return readPicks((name) => ids[Number(name.slice('pick.'.length))]);
}

export function pickName(n: number): string {
  return `pick.${n}`;
}
