import type { Answers } from '../../../schemas/cases-v1.generated.ts';
import type { TargetKind } from '../contracts/action.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import { AnswerBook } from './answer-book.ts';
import { Observer } from './observe.ts';
import { People } from './people.ts';
import { playWorld } from './play-world.ts';
import { connectionsOf, exampleOf, type PlaybookUnderTest } from './playbook-under-test.ts';
import { type CaseFile, remark, type WrittenCase } from './read-cases.ts';
import { clockDefault, type ReadFixture, startCase } from './start-case.ts';
import { type Story, storyOf, untold } from './story.ts';
import { World } from './world.ts';

/** One case played to its end. */
export interface Played {
  story: Story;
  /** Coverage points passed, by id. */
  hits: ReadonlyMap<string, number>;
  /** What makes the case useless, whatever it expects. */
  problems: Diagnostic[];
  /** What a reader should know about how it was played. */
  note: string | null;
}

/** Plays a case in the offline world. Pure: the same case gives the same story. */
export function playCase(
  file: CaseFile,
  one: WrittenCase,
  under: PlaybookUnderTest,
  readFixture: ReadFixture,
): Played {
  const people = new People(one.given.people);
  const observer = new Observer(under.loaded.plan);
  const startMs = Date.parse(one.given.clock ?? clockDefault);
  const started = startCase(under.loaded, one, people, readFixture);
  if (started.kind === 'bad') {
    const path = placeOf(file, one, started.field);
    return {
      story: untold(startMs, started.message),
      hits: observer.hits(),
      problems: [remark(file, started.code, path, `"${one.name}": ${started.message}`)],
      note: null,
    };
  }
  if (started.kind === 'not-started') {
    const wanted = one.expect === 'record' || one.expect.run === 'not-started';
    const about = one.given.alert === undefined ? 'trigger' : 'alert';
    const told = `"${one.name}": nothing started: ${started.reason}`;
    return {
      story: untold(startMs, started.reason),
      hits: observer.hits(),
      problems: wanted ? [] : [remark(file, 'case/not-started', placeOf(file, one, about), told)],
      note: null,
    };
  }
  const world = new World({
    startMs,
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
    const colon = target.indexOf(':');
    const held = { kind: target.slice(0, colon) as TargetKind, id: target.slice(colon + 1) };
    world.records.holds.addForeign(effect, held, origin ?? 'ours');
  }
  world.openRun(under.loaded, started.given, null);
  playWorld(world);
  const story = storyOf(world);
  return { story, hits: observer.hits(), problems: problemsOf(file, one, story), note: started.note };
}

function problemsOf(file: CaseFile, one: WrittenCase, story: Story): Diagnostic[] {
  const problems = story.troubles.map(({ code, message, about }) =>
    remark(
      file,
      code,
      about === null ? one.path : `${one.path}/${about.list}/${about.index}`,
      `"${one.name}": ${message}`,
    ),
  );
  if (problems.length > 0) return problems;
  for (const [index, decision] of one.decisions.entries()) {
    if (story.usedDecisions.has(index)) continue;
    const when = decision.at === undefined ? '' : ` at ${decision.at}`;
    const message = `"${one.name}": nobody was asked about "${decision.step}"${when}, so this decision never counted`;
    problems.push(remark(file, 'case/refused-decision', `${one.path}/decisions/${index}`, message));
  }
  return problems;
}

/** Where a part of `given` stands: in the case, or else in what all cases share. */
export function placeOf(file: CaseFile, one: WrittenCase, field: string): string {
  const own = file.root.fields.get('cases')?.value;
  const index = Number(one.path.slice(one.path.lastIndexOf('/') + 1));
  const node = own?.kind === 'list' ? own.items[index] : undefined;
  const given = node?.kind === 'map' ? node.fields.get('given')?.value : undefined;
  const has = given?.kind === 'map' && given.fields.has(field);
  return has ? `${one.path}/given/${field}` : `/given/${field}`;
}
