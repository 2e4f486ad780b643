import { isAlias, parseDocument, visit } from 'yaml';
import type { JsonObject } from '../../../schemas/json.ts';
import playbookSchema from '../../../schemas/playbook-v1.schema.json' with { type: 'json' };
import { readYaml } from '../compile/read-yaml.ts';
import { type SourceMap, textField, toJson } from '../compile/source-node.ts';
import { invariant } from '../contracts/invariant.ts';
import { type Diagnostic, sortDiagnostics, toDiagnostic } from '../diagnostics/diagnostic.ts';
import { indexLines } from '../diagnostics/position.ts';
import { arrange } from './arrange.ts';
import { isModeline, modelineFor, takeModeline } from './modeline.ts';
import { commentsOf, sameMeaning } from './same-meaning.ts';
import { type Shape, shapeless, shapeOf } from './shape.ts';
import { writeYaml } from './write-yaml.ts';

/*
 * A file in its canonical form: the same plan, the same comments, one way to write it. Decides layout
 * and nothing else; a file that YAML itself refuses is not touched. Formatting twice changes nothing.
 */

export interface FormatOptions {
  /** As diagnostics name it. */
  file: string;
  /** The address of the schema for a file without a modeline, by kind; left out, none is added. */
  schemaOf?(kind: FileKind): string;
}

export type FileKind = 'playbook' | 'cases' | 'guardrails' | 'routing';

export type Formatting = { ok: true; text: string } | { ok: false; diagnostics: Diagnostic[] };

export function formatFile(text: string, options: FormatOptions): Formatting {
  const { root, problems } = readYaml(text);
  if (root === null || problems.length > 0) {
    const lines = indexLines(text);
    const diagnostics = problems.map((problem) => toDiagnostic(problem, options.file, lines));
    return { ok: false, diagnostics: sortDiagnostics(diagnostics) };
  }
  const kind = kindOf(root);
  const shape = kind === null ? shapeless : shapes[kind];
  const address = kind === null ? undefined : options.schemaOf?.(kind);
  const added = address === undefined ? null : modelineFor(address);
  const formatted = settle(text, shape, added);
  prove(text, formatted, root, shape, added);
  return { ok: true, text: formatted };
}

const shapes: { [kind in FileKind]: Shape } = {
  playbook: shapeOf(playbookSchema as unknown as JsonObject),
  cases: shapeless,
  guardrails: shapeless,
  routing: shapeless,
};

/** By what the file says it is; a file that does not say keeps its order. */
function kindOf(root: SourceMap): FileKind | null {
  const name = /^(playbook|cases|guardrails|routing)\/v1$/.exec(textField(root, 'kind') ?? '')?.[1];
  return (name as FileKind | undefined) ?? null;
}

/*
 * Comments in unusual places move a little each time the YAML library reads and writes them, until they
 * stand where it would put them itself; that is what makes the result stable. A file without such comments
 * is settled in one round.
 */
const roundsMax = 8;

function settle(text: string, shape: Shape, added: string | null): string {
  let written = writeFile(text, shape, added);
  for (let round = 1; round < roundsMax; round++) {
    const again = writeFile(written, shape, added);
    if (again === written) return written;
    written = again;
  }
  return written;
}

function writeFile(text: string, shape: Shape, added: string | null): string {
  const { modeline, rest } = takeModeline(text);
  const first = modeline ?? added;
  const body = writeBody(rest, shape);
  return first === null ? body : `${first}\n${body}`;
}

function writeBody(text: string, shape: Shape): string {
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    merge: false,
    resolveKnownTags: false,
    intAsBigInt: true,
    logLevel: 'silent',
  });
  let aliases = 0;
  visit(document, {
    Node: (_key, node) => {
      if (isAlias(node)) aliases++;
    },
  });
  // An alias has to stand below its anchor, so files with aliases keep their order.
  const layouts = arrange(document, shape, aliases === 0);
  return writeYaml(document, layouts);
}

/** The last line of defence: a mistake above ends here, and the file stays as it was. */
function prove(before: string, after: string, root: SourceMap, shape: Shape, added: string | null): void {
  const reading = readYaml(after);
  invariant(
    reading.root !== null && reading.problems.length === 0,
    'a formatted file can be read like the one it was made from',
  );
  invariant(sameMeaning(toJson(root), toJson(reading.root), shape), 'formatting does not change a value');
  const written = commentsOf(before);
  const comments = written.some(isModeline) || added === null ? written : [...written, added].sort();
  invariant(
    JSON.stringify(comments) === JSON.stringify(commentsOf(after)),
    'formatting loses no comment and invents none',
  );
}
