import { type Html, html } from './html.ts';

/** `3 min ago` with the exact moment in UTC behind it. */
export function moment(iso: string, nowMs: number): Html {
  const atMs = Date.parse(iso);
  return html`<time datetime="${iso}">${relative(atMs - nowMs)} <span class="utc">${utc(atMs, nowMs)}</span></time>`;
}

/** When a question ends; in a pause its time stands, so there is no such moment. */
export function expiry(question: { expiresAt: string; standsStill: boolean }, nowMs: number): Html {
  const leftMs = Date.parse(question.expiresAt) - nowMs;
  if (!question.standsStill) return html`expires ${moment(question.expiresAt, nowMs)}`;
  return html`time stands still in the pause${leftMs > 0 && html`, ${span(Math.round(leftMs / 1000))} left`}`;
}

/** Moments that may not have come yet show a dash. */
export function momentOr(iso: string | null, nowMs: number): Html {
  return iso === null ? html`<span class="dim">–</span>` : moment(iso, nowMs);
}

/** `in 24 min`, `3 min ago`, `in 1 h 05 min`, `2 days ago`. */
export function relative(differenceMs: number): string {
  const seconds = Math.round(Math.abs(differenceMs) / 1000);
  if (seconds < 5) return differenceMs > 0 ? 'now' : 'just now';
  const text = span(seconds);
  return differenceMs > 0 ? `in ${text}` : `${text} ago`;
}

export function span(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 10) return `${hours} h ${String(minutes % 60).padStart(2, '0')} min`;
  if (hours < 48) return `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `14:03:20 UTC`, with day and month when it is not today, and the year when it is not this one. */
export function utc(atMs: number, nowMs: number): string {
  const [at, now] = [new Date(atMs), new Date(nowMs)];
  const clock = `${at.toISOString().slice(11, 19)} UTC`;
  if (at.toISOString().slice(0, 10) === now.toISOString().slice(0, 10)) return clock;
  const day = `${at.getUTCDate()} ${months[at.getUTCMonth()] ?? ''}`;
  return at.getUTCFullYear() === now.getUTCFullYear()
    ? `${day}, ${clock}`
    : `${day} ${at.getUTCFullYear()}, ${clock}`;
}
