import { type Html, html } from './html.ts';

/** Drawn beside the word it repeats, hence hidden from screen readers. */
export function icon(name: IconName): Html {
  return html`<svg class="i" viewBox="0 0 16 16" aria-hidden="true" focusable="false">${shapes[name]}</svg>`;
}

const shapes = {
  check: html`<path d="M3 8.5l3.2 3.2L13 5"/>`,
  cross: html`<path d="M4 4l8 8M12 4l-8 8"/>`,
  ring: html`<circle cx="8" cy="8" r="4.6"/>`,
  dot: html`<circle cx="8" cy="8" r="5"/><circle class="fill" cx="8" cy="8" r="2.4"/>`,
  clock: html`<circle cx="8" cy="8" r="5.6"/><path d="M8 5v3.2l2.2 1.4"/>`,
  warn: html`<path d="M8 2.5L14 13H2zM8 6.4v3M8 11v.4"/>`,
  dash: html`<path d="M4 8h8"/>`,
  back: html`<path d="M6.5 4L3 7.4l3.5 3.4M3.4 7.4H9a4 4 0 0 1 4 4v.8"/>`,
  stop: html`<path d="M5.4 2h5.2L14 5.4v5.2L10.6 14H5.4L2 10.6V5.4zM5.5 8h5"/>`,
  play: html`<path d="M5 3.2v9.6L12.6 8z"/>`,
} as const;

export type IconName = keyof typeof shapes;
