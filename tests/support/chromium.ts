import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { askServices } from './ask-services.ts';
import type { Program } from './find-program.ts';

/** The distribution's Chromium for playwright-core's `executablePath`, or why there is none. */
export function findChromium(): Promise<Program> {
  return askServices<Program>('/program?name=chromium&package=chromium');
}

/** Without the traffic of its own. Whoever opens it closes it. */
export async function openBrowser(): Promise<Browser> {
  const program = await findChromium();
  if (program.kind === 'missing') throw new Error(program.reason);
  return chromium.launch({
    executablePath: program.path,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Where a test leaves pictures for people to look at. */
export async function screenshotFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'riposte-screenshots-'));
  console.info(`screenshots: ${folder}`);
  return folder;
}
