import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { csvHead, csvRow } from '../../../engine/core/audit/entry-csv.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { callServer } from '../call-server.ts';
import { CliError, exitCodes } from '../cli-error.ts';
import { oneLine } from '../server-text.ts';
import type { Settings } from '../settings.ts';
import { csvItem } from './export-for.ts';
import { digestOf, pages } from './export-log.ts';
import { askProof, proofFileOf } from './one-entry.ts';

/*
 * Evidence of one incident for somebody outside: each of its entries with the proof that it is in the signed
 * log, all under one checkpoint, and the program that checks them. The rest of the log stays here.
 */

export const bundleFiles = {
  proofs: 'proofs',
  table: 'entries.csv',
  checkpoint: 'checkpoint',
  key: 'key',
  manifest: 'manifest.json',
  readme: 'README.md',
  program: 'verify-bundle.ts',
  verifier: 'verifier',
} as const;

export interface Bundle {
  incident: string;
  origin: string;
  key: string;
  size: number;
  entries: { index: number; file: string; digest: string }[];
}

export async function writeBundle(settings: Settings, incident: string, folder: string): Promise<Bundle> {
  if (existsSync(folder)) throw new CliError(exitCodes.usage, `${folder} exists already; name a new folder.`);
  const name = encodeURIComponent(incident);
  await callServer(settings, `/v1/incidents/${name}`);
  const heads = pages(settings, '/v1/audit/checkpoints?limit=1');
  const { value: head } = await heads.next();
  if (head === undefined)
    throw new CliError(exitCodes.findings, 'There is no checkpoint yet; try again in a second.');
  const size = Number(head.size);
  const bundle: Bundle = { incident, origin: String(head.origin), key: String(head.key), size, entries: [] };
  const table = [csvHead()];
  for await (const item of pages(settings, `/v1/audit/entries?sort=index&limit=200&incident=${name}`)) {
    const index = Number(item.index);
    if (index >= size) break;
    bundle.entries.push(await writeProof(settings, folder, index, size));
    table.push(csvRow(csvItem(item)));
  }
  if (bundle.entries.length === 0)
    throw new CliError(exitCodes.findings, `No sealed entry is about ${oneLine(incident)} yet.`);
  writeRest(folder, bundle, String(head.note), table);
  return bundle;
}

async function writeProof(
  settings: Settings,
  folder: string,
  index: number,
  size: number,
): Promise<Bundle['entries'][number]> {
  const proof: JsonObject = await askProof(settings, index, size);
  const file = `${bundleFiles.proofs}/${index}.tlog-proof`;
  mkdirSync(join(folder, bundleFiles.proofs), { recursive: true });
  writeFileSync(join(folder, file), proofFileOf(proof));
  return { index, file, digest: digestOf(join(folder, file)) };
}

function writeRest(folder: string, bundle: Bundle, note: string, table: readonly string[]): void {
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write(bundleFiles.checkpoint, note);
  write(bundleFiles.key, `${bundle.key}\n`);
  write(bundleFiles.table, table.join(''));
  write(bundleFiles.manifest, `${JSON.stringify({ schemaVersion: 1, ...bundle }, null, 2)}\n`);
  write(bundleFiles.readme, readme(bundle));
  for (const program of [bundleFiles.program, bundleFiles.verifier])
    cpSync(join(import.meta.dirname, program), join(folder, program), { recursive: true });
}

function readme({ incident, origin, size, entries }: Bundle): string {
  return `# Evidence of incident ${oneLine(incident)}

${entries.length} entries of the audit log \`${oneLine(origin)}\`, each with the proof that it is one of the ${size} entries
that the log had signed when this was written.

    node verify-bundle.ts '<key>'

with Node 24 and nothing else. Take the key from the operator of the log, over another way than this folder; \`key\` is only
what the server said. The program reads \`proofs/\` (C2SP tlog-proof, which other tools read as well) and prints each entry;
\`verifier/\` does the checking and imports nothing but Node's own hashes and signatures.

- What verifies was in the log, unchanged, at its place, when the checkpoint was signed.
- That no other entry is about this incident cannot be seen from here: it takes the whole log
  (\`riposte audit export\`).
- \`entries.csv\` is for reading. It proves nothing.
`;
}
