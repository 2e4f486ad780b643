import { stdout } from 'node:process';
import type { CompiledFile } from '../../engine/core/compile/compile-playbooks.ts';
import { type Diagnostic, sortDiagnostics } from '../../engine/core/diagnostics/diagnostic.ts';
import { diagnosticsJson } from '../../engine/core/diagnostics/diagnostics-json.ts';
import { checkOperatorsFiles, fixOperatorsFiles, isOperatorsFile } from './check-operators-files.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { type FoundFile, findPlaybooks } from './find-playbooks.ts';
import { diffOf, type FixedFile, fixPlaybooks, tellFixes, writeFixed } from './fix-playbooks.ts';
import type { CommonOptions } from './list-command.ts';
import { printJson, say } from './print.ts';
import { type CheckFormat, printFindings } from './print-findings.ts';
import { newerChildrenOf } from './published-children.ts';
import { readSettings } from './settings.ts';
import { watchFiles } from './watch-files.ts';

export interface CheckOptions extends CommonOptions {
  format: CheckFormat;
  strict?: true;
  prove?: true;
  fix?: true;
  dryRun?: true;
  watch?: true;
  published?: true;
}

/** `riposte check`: findings on stdout, what was done about them on stderr. */
export async function checkPlaybooks(paths: readonly string[], options: CheckOptions): Promise<void> {
  if (options.dryRun && !options.fix)
    throw new CliError(exitCodes.usage, '--dry-run shows what --fix would change: write both.');
  if (!options.watch) return checkOnce(paths, options);
  await checkOnce(paths, options).catch(tellFindings);
  await watchFiles(paths, () => checkOnce(paths, options).catch(tellFindings));
}

/** While watching, findings and a file that cannot be read for a moment are news and no end. */
function tellFindings(error: unknown): void {
  const gone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  if (!(error instanceof CliError) && !gone) throw error;
  say(error.message);
}

async function checkOnce(paths: readonly string[], options: CheckOptions): Promise<void> {
  const all = await findPlaybooks(paths);
  const found = all.filter((each) => !isOperatorsFile(each));
  const operators = all.filter(isOperatorsFile);
  const fixed = options.fix ? [...(await fixPlaybooks(found)), ...(await fixOperatorsFiles(operators))] : [];
  if (options.dryRun) return showFixes(all, fixed, options);
  await writeFixed(fixed);
  tellFixes(fixed, false);
  const texts = fixed.length > 0 ? fixed.map(({ file, fixed: { text } }) => ({ file, text })) : all;
  const checked = await checkTexts(texts, options.prove === true);
  const { files } = checked;
  const known = options.published ? await newerChildrenOf(files, readSettings(options)) : [];
  const diagnostics = sortDiagnostics([...checked.diagnostics, ...known]);
  if (options.json && options.fix) printJson({ ...diagnosticsJson(diagnostics), ...fixesJson(fixed) });
  else printFindings(texts, diagnostics, options.json ? 'json' : options.format);
  conclude(diagnostics, texts.length, options);
}

/** Playbooks among each other, and the operator's files each by itself. */
async function checkTexts(texts: readonly FoundFile[], prove: boolean): Promise<Checked> {
  const playbooks = texts.filter((each) => !isOperatorsFile(each));
  const operators = await checkOperatorsFiles(texts.filter(isOperatorsFile));
  if (playbooks.length === 0) return { files: [], diagnostics: sortDiagnostics(operators) };
  const { files, diagnostics } = await compileAll(playbooks, prove);
  return { files, diagnostics: sortDiagnostics([...diagnostics, ...operators]) };
}

/** The differences are the data; what is found is found by a check without `--dry-run`. */
async function showFixes(
  found: readonly FoundFile[],
  fixed: readonly FixedFile[],
  options: CheckOptions,
): Promise<void> {
  if (options.json) {
    const { diagnostics } = await checkTexts(found, options.prove === true);
    printJson({ ...diagnosticsJson(diagnostics), ...fixesJson(fixed) });
  } else stdout.write(diffOf(fixed));
  tellFixes(fixed, true);
  const count = fixed.reduce((sum, { fixed: { done } }) => sum + done.length, 0);
  const summary = `${found.length} checked, ${count} would be fixed; nothing was written`;
  if (count > 0) throw new CliError(exitCodes.findings, summary);
  say(summary);
}

function fixesJson(files: readonly FixedFile[]) {
  return {
    fixed: files.flatMap(({ fixed }) => fixed.done),
    leftAlone: files.flatMap(({ fixed }) => fixed.left),
  };
}

function conclude(diagnostics: readonly Diagnostic[], checked: number, options: CheckOptions): void {
  const { counts } = diagnosticsJson(diagnostics);
  const bad = counts.error > 0 || (options.strict && counts.warning > 0);
  const summary = `${checked} checked, ${counts.error} errors, ${counts.warning} warnings`;
  if (bad) throw new CliError(exitCodes.findings, summary);
  say(summary);
}

export interface Checked {
  /** In the order of publishing: called playbooks first. */
  files: CompiledFile[];
  /** By place, what the proofs found included. */
  diagnostics: Diagnostic[];
}

export async function compileAll(found: readonly FoundFile[], prove: boolean): Promise<Checked> {
  // Compiler and actions are the heavy half of the command: only those who check wait for them.
  const [
    { installedActions },
    { compilePlaybooks },
    { findOverlaps },
    { manifestsOf },
    { proveAll },
    { sortDiagnostics },
  ] = await Promise.all([
    import('./installed-actions.ts'),
    import('../../engine/core/compile/compile-playbooks.ts'),
    import('../../engine/core/compile/find-overlaps.ts'),
    import('../../engine/core/compile/manifests-of.ts'),
    import('../../engine/core/prove/prove-all.ts'),
    import('../../engine/core/diagnostics/diagnostic.ts'),
  ]);
  const files = compilePlaybooks(found, { registry: manifestsOf(installedActions()) });
  const compilations = files.map(({ compilation }) => compilation);
  // What calls itself stable has to be proven, asked or not.
  const proven = proveAll(
    compilations.filter((one) => one.ok && (prove || one.plan.playbook.status === 'stable')),
  );
  return {
    files,
    diagnostics: sortDiagnostics([
      ...compilations.flatMap((one) => one.diagnostics),
      ...findOverlaps(files),
      ...proven,
    ]),
  };
}
