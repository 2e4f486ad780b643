import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseScenario } from './parse-scenario.ts';
import { startLab } from './start-lab.ts';

const usage =
  'node examples/lab/serve.ts [--port 7910] [--host 127.0.0.1] [--data file.json] [--scenario file.json]';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '7910' },
    host: { type: 'string', default: '127.0.0.1' },
    data: { type: 'string' },
    scenario: { type: 'string' },
    help: { type: 'boolean' },
  },
});

if (values.help === true) {
  console.log(usage);
} else {
  const { scenario, data } = values;
  const lab = await startLab({
    port: Number(values.port),
    host: values.host,
    ...(data === undefined ? {} : { dataFile: data }),
    ...(scenario === undefined
      ? {}
      : { scenario: parseScenario(JSON.parse(readFileSync(scenario, 'utf8'))) }),
  });
  console.log(`The lab estate listens on ${lab.url}; look behind it at ${lab.url}/lab/state`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      lab.close().then(
        () => process.exit(0),
        (error: unknown) => {
          console.error(error);
          process.exit(1);
        },
      );
    });
  }
}
