#!/usr/bin/env node
import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import '../../.tools/compile-cache.mjs';
import { installMissing } from '../../.tools/install-missing.mjs';

/*
 * The `riposte` command for whatever Node is there: plain JavaScript, because an older one reads no
 * TypeScript. It goes on in the pinned Node of node_modules.
 */

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const pinned = 24;

if (Number.parseInt(process.versions.node, 10) >= pinned) {
  await import('./riposte.ts');
} else {
  installMissing();
  const child = spawn(
    join(root, 'node_modules', '.bin', 'node'),
    [fileURLToPath(import.meta.url), ...process.argv.slice(2)],
    { stdio: 'inherit' },
  );
  // Ctrl-C reaches both; the child decides when it is done, and we end as it ended.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.once('error', (error) => {
    console.error(`riposte: ${error.message}`);
    process.exitCode = 1;
  });
  child.once('exit', (code, signal) => {
    if (signal === null) {
      process.exitCode = code ?? 1;
      return;
    }
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
}
