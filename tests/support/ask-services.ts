import { inject } from 'vitest';

/** Asks the services that this vitest run shares. Waits until they have started. */
export async function askServices<T>(path: string): Promise<T> {
  const address = inject('services');
  if (address === undefined) {
    throw new Error('Run this with "npm test" or "npx vitest run --config .vitest.config.ts <file>".');
  }
  const response = await fetch(new URL(path, address));
  const body = await response.text();
  if (!response.ok) throw new Error(`The tests' own services failed: ${body}`);
  return JSON.parse(body);
}
