import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { compilePlaybook } from '../../engine/core/compile/compile-playbook.ts';
import { provePlan } from '../../engine/core/prove/prove-plan.ts';
import { createValidator } from '../../engine/core/schema/create-validator.ts';
import { playbookSchema } from '../../engine/core/schema/playbook-schema.ts';
import type { JsonObject } from '../../schemas/json.ts';
import language from '../../schemas/playbook-v1.schema.json' with { type: 'json' };
import { createBenchFolder } from './start-servers.ts';
import { longPlaybook, manyManifests } from './validation-playbook.ts';

/*
 * Program: `npm run bench:validation`. What one validation of a long playbook costs in an installation of
 * many actions: the schema alone, the whole check, and the language server of editors. See README.md.
 */

const rounds = process.argv.includes('--quick') ? 3 : 40;

export interface Measured {
  what: string;
  firstMs: number;
  p50Ms: number;
  p95Ms: number;
  /** What the processor worked; other work on the machine makes only the clock run longer. */
  cpuP50Ms: number;
}

async function measure(what: string, once: () => unknown | Promise<unknown>): Promise<Measured> {
  const times: number[] = [];
  const work: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const [from, before] = [performance.now(), process.cpuUsage()];
    await once();
    times.push(performance.now() - from);
    const { user, system } = process.cpuUsage(before);
    work.push((user + system) / 1000);
  }
  const [firstMs = Number.NaN, ...later] = times;
  return {
    what,
    firstMs,
    p50Ms: rankOf(later, 0.5),
    p95Ms: rankOf(later, 0.95),
    cpuP50Ms: rankOf(work.slice(1), 0.5),
  };
}

function rankOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

const registry = manyManifests();
const text = longPlaybook();
const schema = playbookSchema(language as unknown as JsonObject, [...registry.values()]);

/** One compilation has to be a success; a refused playbook would be measured as a fast one. */
function compiled() {
  const compilation = compilePlaybook(text, { file: 'bench.yaml', registry });
  if (!compilation.ok) throw new Error(compilation.diagnostics.map(({ message }) => message).join('\n'));
  return compilation;
}

interface Service {
  configure(settings: object): void;
  doValidation(document: object, isKubernetes: boolean): Promise<{ message: string }[]>;
}

/**
 * The service inside the YAML language server, in this process: what is measured is its work, not the 200 ms
 * that the server waits for the next key.
 */
async function openLanguageService(schemaFile: string): Promise<() => Promise<void>> {
  const require = createRequire(import.meta.url);
  const { getLanguageService } =
    require('yaml-language-server/lib/umd/languageservice/yamlLanguageService.js') as {
      getLanguageService(parts: object): Service;
    };
  const { SettingsState } = require('yaml-language-server/lib/umd/yamlSettings.js') as {
    SettingsState: new () => object;
  };
  const { TextDocument } = require('vscode-languageserver-textdocument') as {
    TextDocument: { create(uri: string, language: string, version: number, text: string): object };
  };
  const service = getLanguageService({
    schemaRequestService: () => Promise.resolve(JSON.stringify(schema)),
    workspaceContext: { resolveRelativePath: (path: string) => path },
    yamlSettings: new SettingsState(),
  });
  const uri = pathToFileURL(schemaFile).href;
  service.configure({ validate: true, schemas: [{ uri, fileMatch: ['*.yaml'], schema }] });
  let version = 0;
  return async () => {
    // Another version each time: what has not changed is answered from memory.
    const document = TextDocument.create(
      'file:///bench/long.yaml',
      'yaml',
      ++version,
      `${text}# ${version}\n`,
    );
    const remarks = await service.doValidation(document, false);
    if (remarks.length > 0) throw new Error(remarks[0]?.message);
  };
}

const folder = await createBenchFolder();
try {
  const schemaFile = join(folder.path, 'playbook-v1.schema.json');
  await writeFile(schemaFile, JSON.stringify(schema));
  const validate = createValidator(schema);
  const { plan } = compiled();
  const rows = [
    await measure('schema: parse YAML, validate', () => {
      if (validate(parse(text)).length > 0) throw new Error('the schema refuses the playbook');
    }),
    await measure('riposte check: text to plan', compiled),
    await measure('riposte check --prove: the proofs', () => provePlan(plan)),
    await measure('YAML language server: one validation', await openLanguageService(schemaFile)),
  ];
  const lines = text.split('\n').length - 1;
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}`;
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ machine, actions: registry.size, lines, rounds, rows })}\n`);
  } else {
    process.stdout.write(
      `${machine}\n${registry.size} actions, ${lines} lines, ${rounds} rounds after the first\n\n`,
    );
    process.stdout.write(
      `${'ms'.padEnd(40)}${'first'.padStart(9)}${'p50'.padStart(9)}${'p95'.padStart(9)}\n`,
    );
    for (const { what, ...ms } of rows) {
      const cells = [ms.firstMs, ms.p50Ms, ms.p95Ms, ms.cpuP50Ms].map((value) =>
        value.toFixed(1).padStart(9),
      );
      process.stdout.write(`${what.padEnd(40)}${cells.join('')}\n`);
    }
  }
} finally {
  await folder.remove();
}
