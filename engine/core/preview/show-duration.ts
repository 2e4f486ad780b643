const units = [
  { sign: 'd', ms: 86_400_000 },
  { sign: 'h', ms: 3_600_000 },
  { sign: 'm', ms: 60_000 },
  { sign: 's', ms: 1_000 },
] as const;

/** As a playbook would write it: `1h30m`, `3d`; what is below a second in `ms`. */
export function showDuration(ms: number): string {
  if (ms === 0) return '0s';
  let rest = ms;
  let text = '';
  for (const unit of units) {
    const count = Math.floor(rest / unit.ms);
    if (count > 0) text += `${count}${unit.sign}`;
    rest -= count * unit.ms;
  }
  return rest > 0 ? `${text}${rest}ms` : text;
}
