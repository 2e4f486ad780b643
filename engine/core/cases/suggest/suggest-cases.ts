import type { Given } from '../../../../schemas/cases-v1.generated.ts';
import { coveragePoints } from '../coverage-points.ts';
import { lineOfPoint, nameOf } from '../coverage-report.ts';
import { planName } from '../offline-run.ts';
import { playCase } from '../play-case.ts';
import type { PlaybookUnderTest } from '../playbook-under-test.ts';
import { type CaseFile, readCases } from '../read-cases.ts';
import type { ReadFixture } from '../start-case.ts';
import type { Story } from '../story.ts';
import { baseActions, baseScripts } from './base-scripts.ts';
import { sentenceFor } from './name-case.ts';
import { tellNeeds } from './needs.ts';
import { caseOf, type Script, scriptOf } from './script.ts';
import { type Reaching, Search, sightOf } from './search.ts';
import { type Skeleton, writeSkeletons } from './write-skeletons.ts';

/*
 * Cases for what no case has seen yet. Begins with the cases that there are, and where there are none
 * with what the playbook itself tells; what it hands out was played, so each skeleton passes the points
 * that its comment names. What was not found is handed out too, with the values that a person must choose.
 */

export interface Suggestions {
  /** A file of kind cases/v1; null when there is nothing to suggest. */
  yaml: string | null;
  /** Ids of the points that the suggested cases pass, and of those that none was found for. */
  reached: string[];
  open: string[];
}

export interface Known {
  /** Null when the playbook has no cases yet. */
  file: CaseFile | null;
  /** Points that its cases pass. */
  covered: ReadonlySet<string>;
  /** How a file beside the playbook would name it. */
  playbook: string;
}

export function suggestCases(under: PlaybookUnderTest, known: Known, readFixture: ReadFixture): Suggestions {
  const { plan } = under.loaded;
  const points = coveragePoints(plan).filter(({ id }) => !known.covered.has(id));
  if (points.length === 0) return { yaml: null, reached: [], open: [] };
  const file = known.file ?? madeUpFile(under);
  const search = new Search(under, file, readFixture, new Set(points.map(({ id }) => id)));
  const { reaching, open, bounded } = search.run(startsOf(under, known.file));
  const told = (id: string) => {
    const point = points.find((each) => each.id === id);
    if (point === undefined) return id;
    return `line ${lineOfPoint(point, plan.guards, under.positions)}  ${nameOf(point)}: ${point.what}`;
  };
  const names = new Set((known.file?.cases ?? []).map(({ name }) => name));
  const play = (script: Script) =>
    playCase(file, caseOf(script, 'made up', '/cases/0'), under, readFixture).story;
  const found = fewest(reaching).map(({ script, aim, fresh }): Skeleton => {
    const remarks = ['passes', ...fresh.map((id) => `  ${told(id)}`)];
    const point = fresh.includes(aim.id) ? aim : (points.find(({ id }) => id === fresh[0]) ?? aim);
    return { name: unique(sentenceFor(point), names), script, remarks, answered: answeredIn(play(script)) };
  });
  const near = open.flatMap(({ point, near: script, story }): Skeleton[] => {
    if (script === null || story === null) return [];
    // One case for both: it is reached when its condition is true.
    if (point.what === 'reached' && open.some((each) => each.point.id === `${point.at} if true`)) return [];
    const needs = tellNeeds(point, sightOf(under, story));
    const remarks = [
      `to be completed: does not pass ${told(point.id)} yet`,
      ...needs.map((line) => `  ${line}`),
    ];
    return [{ name: unique(sentenceFor(point), names), script, remarks, answered: answeredIn(story) }];
  });
  const far = open.filter(({ near: script }) => script === null).map(({ point }) => told(point.id));
  const leftOver = [
    ...(far.length === 0 ? [] : ['no case that comes by was found for', ...far.map((line) => `  ${line}`)]),
    ...(bounded ? ['the search was cut short; complete these and ask again'] : []),
  ];
  const skeletons = [...found, ...near];
  return {
    yaml:
      skeletons.length === 0
        ? null
        : writeSkeletons({ playbook: known.playbook, shared: sharedIn(known.file), skeletons, leftOver }),
    reached:
      found.length === 0
        ? []
        : points.map(({ id }) => id).filter((id) => !open.some(({ point }) => point.id === id)),
    open: open.map(({ point }) => point.id),
  };
}

function startsOf(under: PlaybookUnderTest, file: CaseFile | null): Script[][] {
  if (file === null) return baseScripts(under);
  const actions = baseActions(under);
  // What the cases leave unanswered is answered by the example, so that the search can go on from there.
  return file.cases.map((one) => {
    const script = scriptOf(one);
    return [{ ...script, given: { ...script.given, actions: { ...actions, ...script.given.actions } } }];
  });
}

function sharedIn(file: CaseFile | null): Given | null {
  return file === null ? null : file.shared;
}

/** The cases that are needed, each with the points that none before it passes. */
function fewest(reaching: readonly Reaching[]): (Reaching & { fresh: string[] })[] {
  const left = new Set(reaching.flatMap(({ passes }) => [...passes]));
  const chosen: (Reaching & { fresh: string[] })[] = [];
  const waiting = [...reaching];
  while (left.size > 0) {
    const counts = waiting.map(({ passes }) => [...passes].filter((id) => left.has(id)).length);
    const best = counts.indexOf(Math.max(...counts));
    const [next] = waiting.splice(best, 1);
    if (next === undefined) break;
    const fresh = [...next.passes].filter((id) => left.has(id));
    for (const id of fresh) left.delete(id);
    chosen.push({ ...next, fresh });
  }
  return chosen;
}

/** Every name by which one of the calls could have been answered. */
function answeredIn(story: Story): ReadonlySet<string> {
  return new Set(
    story.performed.flatMap(({ step, action }) => {
      const plan = planName(step);
      return [step, plan, plan.slice(plan.lastIndexOf('/') + 1), action];
    }),
  );
}

function unique(name: string, taken: Set<string>): string {
  let candidate = name;
  for (let number = 2; taken.has(candidate); number += 1) candidate = `${name} (${number})`;
  taken.add(candidate);
  return candidate;
}

function madeUpFile(under: PlaybookUnderTest): CaseFile {
  const reading = readCases(
    'kind: cases/v1\nplaybook: ./p.yaml\ncases: [{ name: made up, expect: record }]\n',
    under.file,
  );
  if (!reading.ok) throw new Error('a file of one case can be read');
  return reading.file;
}
