import { type Finding, integrity } from './finding.ts';

/** `data` that is too long for its entry stands beside it, and the entry names its digest. */
export function compareBeside(index: number, raw: string, kept: ReadonlyMap<number, string>): Finding[] {
  const named = digestNamedBy(raw);
  if (named === null || kept.get(index) === named) return [];
  const why = kept.has(index) ? 'is not what its digest says' : 'is missing';
  return [integrity(index, `what is kept beside it ${why}`)];
}

function digestNamedBy(raw: string): string | null {
  if (!raw.includes('"media_type":"application/json"')) return null;
  try {
    const { data } = JSON.parse(raw) as { data?: { [field: string]: unknown } };
    const named = data?.media_type === 'application/json' && typeof data.size === 'number';
    return named && typeof data.sha256 === 'string' ? data.sha256 : null;
  } catch {
    // Said by the story, which reads every entry.
    return null;
  }
}
