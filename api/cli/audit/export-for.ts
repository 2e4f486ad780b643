import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, writeSync } from 'node:fs';
import { csvHead, csvItemOf, csvRow } from '../../../engine/core/audit/entry-csv.ts';
import { approvalEvent } from '../../../engine/core/audit/ocsf/approval.ts';
import { Remediations } from '../../../engine/core/audit/ocsf/remediation.ts';
import { readEntry } from '../../../engine/core/audit/read-entry.ts';
import { ownVersion } from '../../process/own-version.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { say } from '../print.ts';
import { oneLine } from '../server-text.ts';
import type { Settings } from '../settings.ts';
import { logNames, sealedItems } from './export-log.ts';

/** The log for other programs: a table for a spreadsheet, events for a SIEM. Neither can be verified. */

export const exportFormats = ['jsonl', 'csv', 'ocsf'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export async function exportFor(
  format: Exclude<ExportFormat, 'jsonl'>,
  settings: Settings,
  { out, log }: { out?: string | undefined; log?: string | undefined },
): Promise<void> {
  if (out !== undefined && existsSync(out))
    throw new CliError(exitCodes.usage, `${out} exists already; name a new file.`);
  const texts = format === 'csv' ? csvTexts(settings, log) : ocsfTexts(settings, log);
  let file: number | undefined;
  let count = 0;
  try {
    for await (const text of texts) {
      // Opened late: a refused question leaves no empty file.
      if (out !== undefined) file ??= openSync(out, 'wx');
      if (file === undefined) process.stdout.write(text);
      else writeSync(file, text);
      count += 1;
    }
    if (out !== undefined) file ??= openSync(out, 'wx');
  } finally {
    if (file !== undefined) closeSync(file);
  }
  say(
    format === 'csv'
      ? `${count - 1} entries`
      : `${count} events: remediations and approvals; other entries have none`,
  );
  const [, ...earlier] = log === undefined ? await logNames(settings) : [];
  if (earlier.length > 0)
    say(
      `This is the newest log alone; with --log, one of those before it: ${earlier.map(oneLine).join(', ')}.`,
    );
}

async function* csvTexts(settings: Settings, log: string | undefined): AsyncGenerator<string> {
  let begun = false;
  for await (const item of sealedItems(settings, log)) {
    if (!begun) yield csvHead();
    begun = true;
    const { index, type, entry, leaf } = item;
    const text = typeof entry === 'string' ? entry : null;
    yield csvRow(csvItemOf({ index: Number(index), type: String(type), entry: text, leaf: String(leaf) }));
  }
}

async function* ocsfTexts(settings: Settings, log: string | undefined): AsyncGenerator<string> {
  const version = ownVersion();
  const remediations = new Remediations(version);
  for await (const { index, entry: raw, leaf } of sealedItems(settings, log)) {
    if (typeof raw !== 'string') continue;
    const read = readEntry(Buffer.from(raw));
    if (!read.ok) continue;
    const rawSha256 = createHash('sha256').update(raw).digest('hex');
    const sealed = { index: Number(index), entry: read.entry, raw, rawSha256, leaf: String(leaf) };
    const event = remediations.pass(sealed) ?? approvalEvent(sealed, version);
    if (event !== null) yield `${JSON.stringify(event)}\n`;
  }
}
