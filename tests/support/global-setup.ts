import { rm } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { createRunFolder, endProcessesUnder, processesUnder } from './run-folder.ts';
import { startServices } from './services.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Address of the services that test files share; they start on first use. */
    services: string;
    /** Folder of this run: everything temporary lies in it. */
    runFolder: string;
  }
}

/** Once per vitest run, in its main process. The returned function fails the run when something was left behind. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const folder = await createRunFolder();
  const services = await startServices(folder);
  project.provide('services', services.address);
  project.provide('runFolder', folder);
  return async () => {
    const databases = await services.stop();
    const processes = await processesUnder(folder);
    await endProcessesUnder(folder);
    await rm(folder, { recursive: true, force: true });
    const left = [
      ...databases.map((name) => `database ${name}`),
      ...processes.map(({ pid, command }) => `process ${pid} (${command})`),
    ];
    if (left.length > 0) throw new Error(`The tests left behind: ${left.join(', ')}`);
  };
}
