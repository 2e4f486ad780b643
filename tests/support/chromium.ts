import { askServices } from './ask-services.ts';
import type { Program } from './find-program.ts';

/** The distribution's Chromium for playwright-core's `executablePath`, or why there is none. */
export function findChromium(): Promise<Program> {
  return askServices<Program>('/program?name=chromium&package=chromium');
}
