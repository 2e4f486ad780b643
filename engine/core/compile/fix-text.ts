import { applyFixes } from '../diagnostics/apply-fixes.ts';
import type { Diagnostic, DiagnosticFix } from '../diagnostics/diagnostic.ts';

/*
 * Applies the fixes that diagnostics offer, round by round, until none is left. Each round is compiled
 * again; what would make the text worse is taken back and told. Refuses to know files.
 */

/** What is wrong with a text, with its fixes. */
export type Diagnose = (text: string) => readonly Diagnostic[];

export interface Fixed {
  text: string;
  /** In the order in which they were made, at the place where they stood then. */
  done: Diagnostic[];
  /** Offered and not made, with the codes that would have come instead. */
  left: { diagnostic: Diagnostic; because: string[] }[];
}

// One mistake can hide another, and those end: a round more than any file in practice ever needed.
const roundsMax = 20;

export function fixText(text: string, diagnose: Diagnose): Fixed {
  const fixed: Fixed = { text, done: [], left: [] };
  const refused = new Set<string>();
  for (let round = 0; round < roundsMax; round++) {
    const before = diagnose(fixed.text);
    const offered = before.filter(
      (diagnostic): diagnostic is Offer => diagnostic.fix !== undefined && !refused.has(keyOf(diagnostic)),
    );
    if (offered.length === 0) break;
    if (!takeAll(fixed, offered, before, diagnose)) takeOneByOne(fixed, offered, before, diagnose, refused);
  }
  return fixed;
}

type Offer = Diagnostic & { fix: DiagnosticFix };

function takeAll(
  fixed: Fixed,
  offered: readonly Offer[],
  before: readonly Diagnostic[],
  diagnose: Diagnose,
): boolean {
  const { text, applied } = applyFixes(
    fixed.text,
    offered.map(({ fix }) => fix),
  );
  const taken = offered.filter(({ fix }) => applied.includes(fix));
  if (newCodes(before, diagnose(text), taken).length > 0) return false;
  fixed.text = text;
  fixed.done.push(...taken);
  return true;
}

/** One of them makes it worse: the first good one is made, and the bad ones before it are put aside. */
function takeOneByOne(
  fixed: Fixed,
  offered: readonly Offer[],
  before: readonly Diagnostic[],
  diagnose: Diagnose,
  refused: Set<string>,
): void {
  for (const offer of offered) {
    const { text } = applyFixes(fixed.text, [offer.fix]);
    const because = newCodes(before, diagnose(text), [offer]);
    if (because.length === 0) {
      fixed.text = text;
      fixed.done.push(offer);
      return;
    }
    refused.add(keyOf(offer));
    fixed.left.push({ diagnostic: offer, because });
  }
}

/** Errors that are more than before, and findings that the fix should have ended and did not. */
function newCodes(
  before: readonly Diagnostic[],
  after: readonly Diagnostic[],
  taken: readonly Diagnostic[],
): string[] {
  const [had, has] = [countsOf(before), countsOf(after)];
  // What cannot be read hides everything else: what then comes to light was there before.
  const unreadable = before.every(({ code }) => yamlCodes.has(code));
  const worse = [...has.errors].filter(
    ([code, count]) => count > (had.errors.get(code) ?? 0) && !(unreadable && !yamlCodes.has(code)),
  );
  const lasting = [...countsOf(taken).all].filter(
    ([code, count]) => !unreadable && (has.all.get(code) ?? 0) > (had.all.get(code) ?? 0) - count,
  );
  return [...new Set([...worse, ...lasting].map(([code]) => code))];
}

const yamlCodes: ReadonlySet<string> = new Set(['compile/bad-yaml', 'compile/unquoted-template']);

function countsOf(diagnostics: readonly Diagnostic[]) {
  const all = new Map<string, number>();
  const errors = new Map<string, number>();
  for (const { code, severity } of diagnostics) {
    all.set(code, (all.get(code) ?? 0) + 1);
    if (severity === 'error') errors.set(code, (errors.get(code) ?? 0) + 1);
  }
  return { all, errors };
}

/** By what it says and where in the document: lines move while other fixes are made. */
function keyOf({ code, path, message, fix }: Diagnostic): string {
  return JSON.stringify([code, path, message, fix?.title]);
}
