import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

/*
 * WCAG 2.2: 4.5 to 1 for text (1.4.3), 3 to 1 for the edges of controls and the focus ring (1.4.11),
 * computed from the tokens of both themes.
 */

const css = readFileSync(join(import.meta.dirname, '../../api/console/styles/tokens.css'), 'utf8');

const grounds = ['paper', 'sheet', 'sunk'];
const texts = ['ink', 'dim', 'link', 'good', 'bad', 'warn', 'wait', 'work'];
const readable: [string, string][] = [
  ...texts.flatMap((text) => grounds.map((ground): [string, string] => [text, ground])),
  ['act-ink', 'act'],
  ['stop-ink', 'stop'],
  ['mark-ink', 'mark'],
];
const visible: [string, string][] = ['edge', 'focus'].flatMap((line) =>
  grounds.map((ground): [string, string] => [line, ground]),
);

const [light, dark] = css.split('@media (prefers-color-scheme: dark)').map(tokensOf);

describe.each([
  ['light', light],
  ['dark', dark],
])('%s', (_name, tokens) => {
  test.each(readable)('%s is readable on %s', (text, ground) => {
    expect(contrast(tokens, text, ground)).toBeGreaterThanOrEqual(4.5);
  });
  test.each(visible)('%s can be seen on %s', (line, ground) => {
    expect(contrast(tokens, line, ground)).toBeGreaterThanOrEqual(3);
  });
});

function tokensOf(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/--([\w-]+):\s*(#[0-9a-f]{6});/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

function contrast(tokens: Map<string, string> | undefined, a: string, b: string): number {
  const [high = 0, low = 0] = [luminance(tokens?.get(a)), luminance(tokens?.get(b))].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string | undefined): number {
  if (colour === undefined) throw new Error('a token is missing in this theme');
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
