import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { CompiledSet } from '../../engine/core/cases/compile-together.ts';
import { exampleOf } from '../../engine/core/cases/playbook-under-test.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import { startRunByHand } from '../../engine/runtime/start-run-by-hand.ts';
import type { PersonId } from '../../schemas/ids.ts';
import { decide, questions, until } from '../corridor/questions.ts';
import { type Corridor, openCorridor } from '../support/corridor.ts';
import { answeringRegistry, decisionOn } from './answers-by-step.ts';
import { playedOffline, readStored } from './both-worlds.ts';
import { momentOf, passTime } from './pass-time.ts';
import { smallChild, writeSmallPlaybook } from './write-small-playbook.ts';

/*
 * Playbooks that nobody wrote, run by an engine over a database and played as a case on paper: both come to the
 * same, down to what is written down. A failure names the seed of the playbook.
 */

const first = Number(process.env.GENERATED_SEED ?? 1);
/** 40 of them are some fifteen seconds. */
const playbooks = Number(process.env.GENERATED_RUNS ?? 40);

const catalogue = createRegistry();
let corridor: Corridor;
let bo: PersonId;
beforeAll(async () => {
  corridor = await openCorridor({
    playbooks: [],
    actions: () => answeringRegistry(catalogue),
  });
  bo = await corridor.person('Bo', ['soc']);
  await corridor.publish(smallChild);
});
afterAll(() => corridor.close());

async function start(playbookId: string): Promise<string> {
  const started = await startRunByHand(corridor.engine.parts, corridor.engine.admitter, {
    playbookId,
    target: null,
    inputs: {},
    actor: { kind: 'person', id: 'somebody', channel: 'api' },
    roles: ['analyst'],
    groups: [],
    personId: null,
    mode: null,
  });
  if (!started.ok) throw new Error(started.detail);
  return started.runId;
}

/** Answers questions, and lets time pass where nothing else happens, until every run is over. */
async function playAll(): Promise<void> {
  const seen = new Map<string, string>();
  await until(async () => {
    const pending = await questions(corridor, 'pending');
    for (const asked of pending) {
      const decision = decisionOn(
        `${asked.card.question} ${asked.step_path.replaceAll(/\d+/g, '')} ${asked.ask_number}`,
      );
      if (decision !== null) await decide(corridor, asked, bo, decision);
    }
    const open = (await corridor.runs()).filter(({ state }) => live.has(state));
    for (const { id } of open) {
      // Twice the same: nothing moves by itself.
      const now = await momentOf(corridor.database.owner, id);
      if (seen.get(id) === now) await passTime(corridor.database.owner, id, now);
      seen.set(id, now);
    }
    return open.length === 0;
  });
}

const live: ReadonlySet<string> = new Set(['queued', 'running', 'waiting', 'undoing']);

describe(`playbooks from seed ${first} on`, () => {
  const made = Array.from({ length: playbooks }, (_, index) => writeSmallPlaybook(first + index));
  const runs = new Map<string, string>();
  beforeAll(
    async () => {
      for (const { id, text } of made) {
        await corridor.publish(text);
        runs.set(id, await start(id));
      }
      await playAll();
    },
    20_000 + playbooks * 2_000,
  );

  it.each(made)('$id comes to the same in a case', async ({ id, text }) => {
    const set = new CompiledSet(
      [
        { file: `${id}.yaml`, text },
        { file: 'child.yaml', text: smallChild },
      ],
      manifestsOf(catalogue),
    );
    const compiled = set.get(`${id}.yaml`);
    if (compiled?.ok !== true) throw new Error(JSON.stringify(compiled?.diagnostics));
    const entries = (await corridor.story()) as never[];
    const stored = await readStored(
      corridor.database.owner,
      runs.get(id) ?? '',
      entries,
      exampleOf(compiled.under),
    );
    expect(playedOffline(stored.case, compiled.under), text).toEqual({ ...stored.cameTo, troubles: [] });
  });
});
