import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartError } from '../start-error.ts';
import { type Claim, claimData } from './claim-data.ts';
import { endPostmaster } from './end-postmaster.ts';
import type { Binaries } from './find-binaries.ts';
import { type Launched, launchPostmaster } from './launch-postmaster.ts';
import { clearLeftovers, findPostmaster } from './postmaster-file.ts';
import type { RunAs } from './run-as.ts';
import { watchStandstill } from './standstill.ts';

export interface Cluster {
  binaries: Binaries;
  runAs: RunAs;
  /** Real path of the data. */
  data: string;
  logPath: string;
  password: string;
}

export interface Held {
  claim: Claim;
  port: number;
}

/**
 * Gets a server running on the data and claims it. One that runs already, because the process that
 * started it was killed, is taken over; one that stands still is ended, which `tell` is told, and another
 * is started. `pickPort` is asked only when a server has to be started.
 * Throws `StartError` with `start/data-in-use` while another process has the claim.
 */
export async function holdCluster(
  cluster: Cluster,
  pickPort: () => Promise<number>,
  tell: (error: StartError) => void,
): Promise<Held> {
  const watch = watchStandstill(cluster.data);
  let launched: Launched | null = null;
  let launches = 0;
  for (let polls = 0, taken = 0; ; polls++) {
    const running = await findPostmaster(cluster.data);
    if (running !== null && running.port > 0) {
      const answer = await claimData(cluster.data, running.port, cluster.password);
      if (answer.kind === 'claimed') return { claim: answer.claim, port: running.port };
      // Three seconds: the server of a process just killed needs a moment to see that its claim is over.
      if (answer.kind === 'taken' && ++taken > 30) throw inUse(cluster, answer.by);
      if (answer.kind === 'not-yet' && (await watch.standsStill(running))) {
        tell(stoodStill(cluster));
        await endPostmaster(cluster.data, running.pid, [
          ['SIGQUIT', 10_000],
          ['SIGKILL', 10_000],
        ]);
      }
    } else if (running === null && (launched === null || launched.ended() !== null)) {
      // A launch that ended without a server either lost against another start or failed; three are enough to tell.
      if (launched !== null && launches === 3) throw await failed(cluster, launched);
      await clearLeftovers(cluster.data);
      launched = await launchPostmaster(
        cluster.binaries,
        cluster.runAs,
        cluster.data,
        await pickPort(),
        cluster.logPath,
      );
      launches++;
    }
    // Ten minutes: after a crash a server replays its journal before it answers.
    if (polls === 6_000) throw await failed(cluster, launched);
    await sleep(100);
  }
}

function inUse(cluster: Cluster, by: string): StartError {
  return new StartError(
    'start/data-in-use',
    `Another Riposte (${by}) uses ${cluster.data}. Stop that one first, or set RIPOSTE_DATA to another folder.`,
  );
}

function stoodStill(cluster: Cluster): StartError {
  return new StartError(
    'start/no-database',
    `The embedded PostgreSQL runs, but does not answer and does nothing to; it is ended and started again. Its log is ${cluster.logPath}.`,
  );
}

async function failed(cluster: Cluster, launched: Launched | null): Promise<StartError> {
  const words = launched === null ? '' : await launched.lastWords();
  const { bavail, bsize } = await statfs(cluster.data);
  // Its log lies on the same disk, so it cannot say this itself.
  const full = bavail * bsize < leastRoom ? ' Its disk is full; make room.' : '';
  return new StartError(
    'start/no-database',
    `The embedded PostgreSQL did not start${launched?.ended() == null ? '' : ` (${launched.ended()})`}.${full} Its log is ${cluster.logPath}:\n${words}`,
  );
}

/** Bytes. One more segment of its journal. */
const leastRoom = 16_777_216;
