import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRegistry } from '../../actions/registry.ts';
import { AnswerBook } from '../../engine/core/cases/answer-book.ts';
import { CompiledSet } from '../../engine/core/cases/compile-together.ts';
import { Observer } from '../../engine/core/cases/observe.ts';
import { type OfflineScope, stepName } from '../../engine/core/cases/offline-run.ts';
import { People } from '../../engine/core/cases/people.ts';
import { playWorld } from '../../engine/core/cases/play-world.ts';
import {
  connectionsOf,
  exampleOf,
  type PlaybookUnderTest,
} from '../../engine/core/cases/playbook-under-test.ts';
import { readCases, type WrittenCase } from '../../engine/core/cases/read-cases.ts';
import { startCase } from '../../engine/core/cases/start-case.ts';
import { World } from '../../engine/core/cases/world.ts';
import { manifestsOf } from '../../engine/core/compile/manifests-of.ts';
import type { TargetKind } from '../../engine/core/contracts/action.ts';
import type { PreviewStep } from '../../engine/core/preview/preview.ts';
import { type Previewed, previewRun } from '../../engine/core/preview/preview-run.ts';
import { itemsShown } from '../../engine/core/preview/walk-items.ts';
import type { ReadAnswer } from '../../engine/core/preview/walker.ts';
import type { RunGiven, ScopeSnapshot } from '../../engine/core/run/context.ts';
import { stepAt } from '../../engine/core/run/list-steps.ts';
import { itemPath, toRuntimePath } from '../../engine/core/run/scope-path.ts';
import type { Answers } from '../../schemas/cases-v1.generated.ts';
import { flatSteps } from './flat-steps.ts';
import { shownAs } from './shown-as.ts';

/*
 * A dry run is only worth something if runs do what it said. Every case of every shipped playbook is
 * played by the real decisions; the dry run of the same start must have shown each effect and each
 * question, with the same arguments where it claimed to know them. Once without any read, once with
 * what the reads of the case found.
 */

const folder = join(import.meta.dirname, '../../playbooks');
const names = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.yaml'),
);
const set = new CompiledSet(
  names
    .filter((name) => !name.endsWith('.cases.yaml'))
    .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') })),
  manifestsOf(createRegistry()),
);

/** Notes what each read of the run came back with. */
class ReadingObserver extends Observer {
  readonly reads = new Map<string, ReadAnswer>();

  override moved(scope: OfflineScope, before: ScopeSnapshot | null, after: ScopeSnapshot): void {
    super.moved(scope, before, after);
    if (!('context' in after)) return;
    for (const [path, state] of Object.entries(after.context.steps)) {
      const step = stepAt(scope.run.plan, path);
      if (step?.kind !== 'action' || step.action.class !== 'read') continue;
      const name = `run/${stepName(scope.run, toRuntimePath(scope.given, path))}`;
      if (state.status === 'succeeded') this.reads.set(name, { is: 'found', outputs: state.outputs });
      if (state.status === 'failed' && state.failure !== null)
        this.reads.set(name, { is: 'failed', failure: state.failure });
    }
  }
}

interface PlayedCase {
  world: World;
  given: RunGiven;
  reads: ReadonlyMap<string, ReadAnswer>;
}

function play(under: PlaybookUnderTest, one: WrittenCase, beside: string): PlayedCase | null {
  const people = new People(one.given.people);
  const started = startCase(under.loaded, one, people, (path) =>
    existsSync(join(beside, path)) ? readFileSync(join(beside, path), 'utf8') : null,
  );
  if (started.kind !== 'started') return null;
  const observer = new ReadingObserver(under.loaded.plan);
  const world = new World({
    startMs: started.given.createdAtMs,
    answers: new AnswerBook((one.given.actions ?? {}) as { [name: string]: Answers }, exampleOf(under)),
    people,
    children: under.children,
    used: one.given.used ?? {},
    decisions: one.decisions,
    signals: one.signals,
    connections: connectionsOf(under),
    observer,
  });
  for (const { effect, target, origin } of one.given.holds ?? []) {
    const [kind = '', id = ''] = target.split(/:(.*)/s);
    world.records.holds.addForeign(effect, { kind: kind as TargetKind, id }, origin ?? 'ours');
  }
  world.openRun(under.loaded, started.given, null);
  playWorld(world);
  return { world, given: started.given, reads: observer.reads };
}

function look(under: PlaybookUnderTest, given: RunGiven, reads: ReadonlyMap<string, ReadAnswer>): Previewed {
  return previewRun({
    plan: under.loaded.plan,
    given,
    nowMs: given.createdAtMs,
    connections: connectionsOf(under),
    openInputs: [],
    children: Object.fromEntries(Object.entries(under.children).map(([id, { plan }]) => [id, plan])),
    reads,
  });
}

/** Of a long list only the first elements are shown in full; the others by their key. */
function isListed(nodes: readonly PreviewStep[], name: string): boolean {
  return nodes.some(
    ({ path, items }) =>
      (items?.length ?? 0) > itemsShown &&
      items?.some((key) => `run/${name}`.startsWith(`${itemPath(path, key)}/`)),
  );
}

const cases = names
  .filter((name) => name.endsWith('.cases.yaml'))
  .flatMap((name) => {
    const reading = readCases(readFileSync(join(folder, name), 'utf8'), name);
    if (!reading.ok) throw new Error(`${name} cannot be read`);
    const file = join(dirname(name), reading.file.playbook);
    return reading.file.cases.map((one) => ({ file, one, title: `${file}: ${one.name}` }));
  });

let effects = 0;
let questions = 0;
let certain = 0;

describe.each(cases)('$title', ({ file, one }) => {
  const compiled = set.get(file);
  if (compiled?.ok !== true) throw new Error(`${file} does not compile`);
  const { under } = compiled;
  const played = play(under, one, join(folder, dirname(file)));

  it.each(['without reads', 'with what the reads found'])('does nothing that was not shown, %s', (which) => {
    if (played === null) return;
    const { world, given, reads } = played;
    const nodes = flatSteps(look(under, given, which === 'without reads' ? new Map() : reads).tree);
    const at = (name: string) => {
      const paths = shownAs(`run/${name}`);
      return nodes.find((node) => paths.includes(node.path) && node.reached !== 'no');
    };
    for (const effect of world.performed.values()) {
      if (effect.undoOf !== null) continue;
      const node = at(effect.step);
      if (node === undefined && isListed(nodes, effect.step)) continue;
      expect(node?.action?.key, effect.step).toBe(effect.action);
      for (const value of node?.action?.arguments ?? []) {
        if (value.known) expect(effect.with[value.name], `${effect.step} ${value.name}`).toEqual(value.value);
      }
      effects += 1;
    }
    for (const asked of world.asked) {
      if (asked.scope.given.kind === 'undo') continue;
      const node = at(asked.step);
      // A guard, or a hold of unknown origin, may demand a yes that nobody wrote.
      const demanded = node?.guards.some((guard) => guard.verdict === 'counts') === true;
      if (!demanded) expect(['yes', 'sometimes'], asked.step).toContain(node?.ask?.asks);
      if (node?.ask != null) expect(asked.request.approvers).toEqual(node.ask.approvers);
      questions += 1;
    }
  });

  it('does all that was said to be certain, when everything goes well', () => {
    if (played === null) return;
    const { world, given, reads } = played;
    const went = world.entries.every(
      ({ entry }) => !/\.(failed|denied|unknown|cancelled|expired)$/.test(entry.type),
    );
    if (!went) return;
    const performed = new Set([...world.performed.values()].map((effect) => `run/${effect.step}`));
    for (const node of flatSteps(look(under, given, reads).tree)) {
      if (node.reached !== 'yes' || node.action === null || node.action.simulated) continue;
      expect([...performed]).toContain(node.path);
      certain += 1;
    }
  });
});

it('has compared something', () => {
  expect(Math.min(effects, questions, certain)).toBeGreaterThan(20);
});
