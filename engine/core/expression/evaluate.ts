import { EvaluationError } from '@marcbachmann/cel-js';

import type { Json } from '../../../schemas/json.ts';
import { copyPath } from './copy-path.ts';
import { type Program, parseProgram } from './parse-program.ts';
import { selectData } from './to-engine-value.ts';
import { toPlainJson } from './to-plain-json.ts';
import type { TypeEnv } from './value-type.ts';

/*
 * Decides the value of an expression from the names it can see and the time it is given. Refuses
 * to know where the names come from, what a failure means at its place, and any clock.
 */

/** What an expression sees. */
export interface Scope {
  names: { [root: string]: Json };
  /** What `now()` answers: the time of the transition, from the journal. */
  nowMs: number;
  /** Where the names hold a `number` by what a playbook declares: a whole one is a double there (7.4). */
  types?: TypeEnv;
}

export type Evaluated =
  | { ok: true; value: Json }
  | {
      ok: false;
      code: 'run/expression-failed' | 'run/expression-budget';
      message: string;
    };

/**
 * Evaluates a CEL expression. Never throws, and the value is always plain JSON. The same text and
 * scope give the same answer on every machine, a failure included.
 *
 * A failure is not `false`: the caller decides what it means (7.3).
 */
export function evaluate(expr: string, scope: Scope): Evaluated {
  try {
    const found = programFor(expr);
    if (!found.ok) return failed(found.message);
    return run(found.program, scope);
  } catch (error) {
    return failed(messageOf(error));
  }
}

function run(program: Program, scope: Scope): Evaluated {
  const { path, meter } = program;
  if (path) return { ok: true, value: copyPath(scope.names, path.root, path.keys) };
  meter.reset(scope.nowMs);
  try {
    const data = selectData(scope.names, program.references, scope.types);
    const value = toPlainJson(program.run(data), meter);
    if (!meter.exhausted) return { ok: true, value };
  } catch (error) {
    // The library may have swallowed the budget's error and stumbled over something else after it.
    if (!meter.exhausted) throw error;
  }
  return {
    ok: false,
    code: 'run/expression-budget',
    message: 'the expression takes more steps than it may',
  };
}

/*
 * Parsed programs by text: memoisation only. A program depends on its text alone and forgets each
 * evaluation, so the cache changes no result, only that the same 40 expressions of a playbook are
 * not parsed (20 to 100 µs) for each of 2,000 items. 500 texts of at most 2,000 characters bound it
 * to a few megabytes; the oldest goes first.
 */
const programs = new Map<string, Program>();
const programsMax = 500;

function programFor(expr: string): { ok: true; program: Program } | { ok: false; message: string } {
  const known = programs.get(expr);
  if (known) return { ok: true, program: known };
  const parsed = parseProgram(expr);
  if (!parsed.ok) return { ok: false, message: parsed.problem.message };
  if (parsed.program.cacheable) remember(expr, parsed.program);
  return parsed;
}

function remember(expr: string, program: Program): void {
  const oldest = programs.size >= programsMax ? programs.keys().next().value : undefined;
  if (oldest !== undefined) programs.delete(oldest);
  programs.set(expr, program);
}

function failed(message: string): Evaluated {
  return {
    ok: false,
    code: 'run/expression-failed',
    message: message.slice(0, 500).toWellFormed(),
  };
}

function messageOf(error: unknown): string {
  if (error instanceof EvaluationError) {
    const at = error.node ? error.node.input.slice(error.node.start, error.node.end) : '';
    return at ? `${error.summary} in ${at}` : error.summary;
  }
  return error instanceof Error ? error.message : 'the expression failed';
}
