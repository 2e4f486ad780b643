import { writeSync } from 'node:fs';
import { anchorDirectory } from '../../engine/runtime/audit/anchor-directory.ts';
import { openSigningKeys } from '../../engine/runtime/audit/signing-key.ts';
import type { Pass } from '../../engine/runtime/fault-point.ts';
import { createSequencer } from '../../engine/runtime/sequence-audit.ts';
import { openDatabase } from '../../engine/runtime/store/database.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { dieAt } from './die-at.ts';
import type { SequencerOrders } from './sequencer-process.ts';

/*
 * Program: one sequencer with its keys on the disk, alone in a process. Says which points it passes, at once,
 * as it may be dead in the next line; ends on SIGTERM, when killed, or with whoever started it.
 */

const orders = JSON.parse(process.argv[2] ?? '{}') as SequencerOrders;
const death = dieAt(process.env.FAULT_DIE_AT);
const pass: Pass = (point) => {
  writeSync(1, `passed ${point}\n`);
  death.pass?.(point);
};
const database = openDatabase(orders.databaseUrl, { role: 'riposte_sequencer', max: 3 });
const sequencer = createSequencer({
  database,
  tenant: defaultTenant,
  mint: mintId,
  origin: 'soar.example/audit/1',
  keys: openSigningKeys(orders.keyFile, pass),
  places: orders.places.map(anchorDirectory),
  retentionDays: orders.retentionDays,
  onError: (error) => process.stderr.write(`${error.message}\n`),
  limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20, carryMs: 10, takeoverMs: 50, heldMs: 1_000 },
  pass,
});

async function stop(): Promise<void> {
  await sequencer.stop();
  await database.close();
  process.exit(0);
}

process.once('SIGTERM', () => void stop());
process.stdin.resume().once('end', () => process.exit(1));
await sequencer.start();
writeSync(1, 'ready\n');
