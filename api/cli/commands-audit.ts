import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { readEntry } from '../../engine/core/audit/read-entry.ts';
import type { Entry } from '../../engine/core/contracts/entry.ts';
import type { JsonObject } from '../../schemas/json.ts';
import { bundleFiles, type Subject } from '../evidence/bundle-files.ts';
import { checkOrders } from './audit/check-orders.ts';
import { checkSigned } from './audit/check-signed.ts';
import { type ExportFormat, exportFor, exportFormats } from './audit/export-for.ts';
import { exportLog, exportLogs } from './audit/export-log.ts';
import { showProofVerdict, writeProof } from './audit/one-entry.ts';
import { addIncarnationCommands, addKeyCommands, addTruncateCommands } from './audit/orders.ts';
import { addPlaceCommands } from './audit/place-orders.ts';
import { isBundle } from './audit/read-export.ts';
import { readingFiles } from './audit/reading-files.ts';
import { showBundleVerdict } from './audit/show-bundle.ts';
import { printChain, verifyFolders } from './audit/verify-chain.ts';
import { writeBundle } from './audit/write-bundle.ts';
import { callServer } from './call-server.ts';
import { CliError, exitCodes } from './cli-error.ts';
import { addListOptions, type CommonOptions, optionsOf, showList } from './list-command.ts';
import { at, printFields, printJson, printLine, say } from './print.ts';
import { oneLine } from './server-text.ts';
import { readSettings } from './settings.ts';

interface AuditOptions extends CommonOptions {
  run?: string;
  type?: string;
  actor?: string;
  since?: string;
  key?: string[];
  log?: string;
  checkpoint?: string[];
  proof?: string;
  entry?: string;
  incident?: string;
  site?: string;
  orders?: true;
  out?: string;
  format: ExportFormat;
}

export function addAuditCommands(program: Command): void {
  const audit = program.command('audit').description('the audit log');
  audit
    .command('verify')
    .description('recompute the whole log: on the server, or offline from an export')
    .argument('[export]', 'folder that "audit export" or "audit bundle" wrote; needs no server')
    .option(
      '--key <key>',
      'a public key of the log as you were given it, "name+id+base64"; once for each log that no other one vouches for',
      (key: string, before: string[] | undefined) => [...(before ?? []), key],
    )
    .option('--checkpoint <files...>', 'signed checkpoints that you kept earlier')
    .option(
      '--proof <file>',
      'one entry with its proof, as "audit prove" wrote it; needs --key and no server',
    )
    .option('--entry <file>', "the entry's bytes, for a proof that does not carry them")
    .addHelpText(
      'after',
      '\nExit codes: 0 all holds, 1 bytes or signatures do not hold, 2 wrong usage or a file that cannot be read, 3 the story contradicts itself, 4 holds, but texts were pruned.',
    )
    .action((folder: string | undefined, _options: unknown, command: Command) => {
      const options = optionsOf<AuditOptions>(command);
      if (options.proof !== undefined || options.entry !== undefined)
        return readingFiles(() => showProofVerdict({ ...options, key: options.key?.[0], folder }));
      if (folder === undefined) return verifyOnServer(options);
      return readingFiles(() =>
        isBundle(folder) ? showBundleVerdict(folder, options) : verifyOffline(folder, options),
      );
    });
  audit
    .command('export')
    .description('the log: as files that a stranger can verify, as a table, or as OCSF events')
    .addOption(
      new Option(
        '--format <format>',
        'jsonl with checkpoints and key, csv, or ocsf (remediations and approvals)',
      )
        .choices(exportFormats)
        .default('jsonl'),
    )
    .option('--out <path>', 'a new folder for jsonl; for the others a new file instead of stdout')
    .option('--log <id>', 'one log only; default the newest, and for jsonl, below it, those before')
    .action((_options: unknown, command: Command) => writeExport(optionsOf<AuditOptions>(command)));
  audit
    .command('prove')
    .description('one entry with the proof that it is in the signed log, as a C2SP .tlog-proof file')
    .argument('<index>', 'of the entry')
    .option('--out <file>', 'a new file, instead of stdout')
    .action((index: string, _options: unknown, command: Command) =>
      writeProof(index, optionsOf<AuditOptions>(command)),
    );
  audit
    .command('bundle')
    .description(
      'evidence of one incident or run: its entries with proofs, the key, and a program that checks them',
    )
    .option('--incident <id>', 'with its alerts and its runs')
    .option('--run <id>', 'of this run alone')
    .requiredOption('--out <folder>', 'a new folder')
    .action((_options: unknown, command: Command) => bundleEvidence(optionsOf<AuditOptions>(command)));
  audit
    .command('signed')
    .description(
      'whether the passkeys of those who decided a question, or ordered something about the log, signed it',
    )
    .argument('[approval]', 'its id')
    .option('--orders', 'what two people ordered about the log, all of it')
    .option('--site <url>', 'where people open the console; default the address of the server')
    .action((id: string | undefined, _options: unknown, command: Command) =>
      signed(id, optionsOf<AuditOptions>(command)),
    );
  audit
    .command('checkpoint')
    .description('the newest signed head; keep it where nobody of this installation can change it')
    .action((_options: unknown, command: Command) => showCheckpoint(optionsOf<AuditOptions>(command)));
  addListOptions(audit.command('entries'))
    .description('sealed entries, newest first')
    .option('--run <id>', 'only of this run')
    .option('--type <words>', 'e.g. action.attempted')
    .option('--actor <id>', 'only what this person or service did')
    .option('--since <time>', 'RFC 3339')
    .action((_options: unknown, command: Command) => listEntries(optionsOf<AuditOptions>(command)));
  addIncarnationCommands(audit);
  addKeyCommands(audit);
  addTruncateCommands(audit);
  addPlaceCommands(audit);
}

async function verifyOnServer(options: AuditOptions): Promise<void> {
  if (options.key !== undefined || options.checkpoint !== undefined) {
    throw new CliError(
      exitCodes.usage,
      '--key and --checkpoint go with an export: the server checks itself.',
    );
  }
  const answer = await callServer(readSettings(options), '/v1/audit/verify', { method: 'POST' });
  if (options.json) printJson(answer);
  else printServerVerdict(answer);
  if (answer.ok !== true) throw new CliError(exitCodes.findings, 'The log does not hold. Keep the evidence.');
}

function printServerVerdict(answer: JsonObject): void {
  printFields([
    ['log', answer.log],
    ['verified', answer.ok === true ? `${answer.size} entries` : 'NO'],
    ['root', answer.root],
    ['checkpoint', at(answer, 'checkpoint', 'size') ?? 'none yet'],
    ['pending', answer.pending],
    ['orders', ordersOf(answer)],
    ['key', Array.isArray(answer.keys) ? answer.keys.map(oneLine).join(', then ') : undefined],
  ]);
  say('The key is as the database names it. Compare it with the one you were given.');
  const { problems } = answer;
  for (const problem of Array.isArray(problems) ? problems : []) {
    printLine(
      `${oneLine(at(problem, 'code'))} at ${oneLine(at(problem, 'index') ?? '?')}: ${oneLine(at(problem, 'detail'))}`,
    );
  }
}

function signed(id: string | undefined, options: AuditOptions): Promise<void> {
  if (options.orders === true && id === undefined) return checkOrders(options);
  if (options.orders !== true && id !== undefined) return checkSigned(id, options);
  throw new CliError(exitCodes.usage, 'Name the question, or --orders for what was ordered about the log.');
}

/** About the log; undefined when none was given. */
function ordersOf(answer: JsonObject): string | undefined {
  const [all, unsigned] = [at(answer, 'orders', 'done'), at(answer, 'orders', 'unsigned')];
  if (typeof all !== 'number' || all === 0) return undefined;
  return unsigned === 0
    ? `${all}, signed by two passkeys each`
    : `${all}, ${oneLine(unsigned)} of them unsigned`;
}

function verifyOffline(folder: string, options: AuditOptions): void {
  const chain = verifyFolders(folder, options.key ?? [], options.checkpoint ?? []);
  if (options.json) printJson({ schemaVersion: 1, ...chain.links[0]?.verdict, ...chain });
  else printChain(chain);
  if (options.key === undefined)
    say('The key came with the export itself. Compare it with one you were given elsewhere.');
  const verdicts = chain.links.map((link) => link.verdict);
  const findings = verdicts.flatMap((verdict) => verdict?.findings ?? []);
  const broken = verdicts.includes(null) || findings.some((each) => each.kind === 'integrity');
  if (chain.changedFiles.length > 0 || broken)
    throw new CliError(1, 'The log does not hold. Keep the evidence.');
  if (findings.length > 0) throw new CliError(3, 'The bytes hold; the story they tell contradicts itself.');
  const pruned = verdicts.reduce((sum, verdict) => sum + (verdict?.pruned ?? 0), 0);
  if (pruned > 0) throw new CliError(4, `It holds; the texts of ${pruned} entries were pruned.`);
}

async function writeExport(options: AuditOptions): Promise<void> {
  const { out, format } = options;
  if (format !== 'jsonl') return exportFor(format, readSettings(options), options);
  if (out === undefined)
    throw new CliError(exitCodes.usage, 'Name a new folder with --out; jsonl is several files.');
  const settings = readSettings(options);
  const exported =
    options.log === undefined ? await exportLogs(settings, out) : await exportLog(settings, out, options.log);
  if (options.json) return printJson({ schemaVersion: 1, out, ...exported });
  printFields([
    ['entries', exported.entries],
    ['checkpoints', exported.checkpoints],
    ['key', exported.key],
  ]);
  say(`Verify it anywhere: riposte audit verify ${out} --key '${exported.key}'`);
}

async function bundleEvidence(options: AuditOptions): Promise<void> {
  const { out = '' } = options;
  const subject = subjectOf(options);
  const bundle = await writeBundle(readSettings(options), subject, out);
  if (options.json) return printJson({ schemaVersion: 1, out, [subject.kind]: subject.id, ...bundle });
  printFields([
    ['entries', bundle.logs.reduce((sum, { entries }) => sum + entries.length, 0)],
    ...bundle.logs.map(({ origin, size, entries }): [string, string] => [
      'log',
      `${origin}, ${entries.length} of ${size} signed entries`,
    ]),
    ['artifacts', bundle.artifacts.filter(({ file }) => file !== null).length || undefined],
    ['without text', bundle.logs.flatMap(({ withoutText }) => withoutText).length || undefined],
    ['key', bundle.logs[0]?.key],
  ]);
  say(`Verify it anywhere: node ${join(out, bundleFiles.program)} '${oneLine(bundle.logs[0]?.key)}'`);
}

function subjectOf({ incident, run }: AuditOptions): Subject {
  if (incident !== undefined && run === undefined) return { kind: 'incident', id: incident };
  if (run !== undefined && incident === undefined) return { kind: 'run', id: run };
  throw new CliError(exitCodes.usage, 'Name what it is about: --incident or --run, one of them.');
}

/** The note alone goes to stdout, so that a redirection keeps it byte for byte. */
async function showCheckpoint(options: AuditOptions): Promise<void> {
  const answer = await callServer(readSettings(options), '/v1/audit/checkpoints?limit=1');
  const newest = Array.isArray(answer.items) ? answer.items[0] : undefined;
  if (newest === undefined) throw new CliError(exitCodes.findings, 'There is no checkpoint yet.');
  if (options.json) return printJson(newest);
  printLine(String(at(newest, 'note') ?? '').replace(/\n$/, ''));
}

function listEntries(options: AuditOptions): Promise<void> {
  const { run, type, actor, since } = options;
  // What nobody of ours wrote is a line like the others, with nothing to show.
  const inside = ({ entry }: JsonObject): Entry | null => {
    const read = typeof entry === 'string' ? readEntry(Buffer.from(entry)) : null;
    return read?.ok ? read.entry : null;
  };
  return showList(
    options,
    '/v1/audit/entries',
    { run, type, actor, since },
    [
      { title: 'INDEX', value: (item) => item.index },
      { title: 'AT', value: (item) => item.at },
      { title: 'TYPE', value: (item) => item.type },
      { title: 'ACTOR', value: (item) => inside(item)?.actor.id },
      { title: 'OUTCOME', value: (item) => inside(item)?.outcome },
      { title: 'LEAF', value: (item) => item.leaf },
    ],
    'No entries.',
  );
}
