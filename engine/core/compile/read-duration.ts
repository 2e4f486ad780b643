const unitMs: Readonly<Record<string, number>> = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 };

/** `1h30m` in milliseconds; null when the text is no duration (units combine only downward). */
export function readDuration(text: string): number | null {
  if (!/^(?=\d)(\d+d)?(\d+h)?(\d+m)?(\d+s)?$/.test(text)) return null;
  let sum = 0;
  for (const [, digits, unit] of text.matchAll(/(?<!\d)(\d+)([dhms])/g))
    sum += Number(digits) * (unitMs[unit ?? ''] ?? 0);
  return Number.isSafeInteger(sum) ? sum : null;
}
