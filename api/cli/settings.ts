import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { StartError } from '../../engine/runtime/store/start-error.ts';
import { type Config, readConfig } from '../process/config.ts';
import { CliError, exitCodes } from './cli-error.ts';

/** Where the server is and who speaks. */
export interface Settings {
  url: string;
  /** Read as late as possible, so that a wrong address is told before a missing token. */
  token(): string;
}

export interface GlobalOptions {
  url?: string;
  as?: string;
}

export function readSettings(options: GlobalOptions): Settings {
  const config = configOrUsage();
  const url = (options.url ?? config.client.url).replace(/(?<!\/)\/+$/, '');
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new CliError(exitCodes.usage, `--url is "${url}"; write it like http://127.0.0.1:7878.`);
  }
  return { url, token: () => findToken(config, options.as) };
}

function configOrUsage(): Config {
  try {
    return readConfig();
  } catch (error) {
    if (error instanceof StartError) throw new CliError(exitCodes.usage, error.message);
    throw error;
  }
}

/** `--as` first, then the environment, then what the local demo wrote beside its data. */
function findToken(config: Config, as: string | undefined): string {
  if (as === undefined && config.client.token !== null) return config.client.token;
  const file = as?.includes('/')
    ? as
    : join(config.dataDir, as === undefined ? 'cli-token' : `cli-token-${as}`);
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  throw new CliError(
    exitCodes.usage,
    as === undefined
      ? `No token: set RIPOSTE_TOKEN, or start the local demo with "npm start", which writes ${file}.`
      : `There is no token file ${file}.${as.includes('/') ? '' : namesThere(config.dataDir)}`,
  );
}

/** Whoever mistyped a name of the demo sees which there are. */
function namesThere(folder: string): string {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const names = files.flatMap((file) => /^cli-token-(.+)$/.exec(file)?.[1] ?? []).sort();
  return names.length === 0 ? ' "npm start" writes some.' : ` There are: ${names.join(', ')}.`;
}
