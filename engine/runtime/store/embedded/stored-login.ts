import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sqlState } from '../sql-state.ts';
import { StartError } from '../start-error.ts';

/** How the embedded server is reached: kept beside its data, readable by us alone. */
export interface StoredLogin {
  port: number | null;
  password: string;
}

const fileName = 'postgres-login.json';

/** Reads it, or makes one with a new password. `hasData`: there is a cluster already, which knows a password. */
export async function loadLogin(dataDir: string, hasData: boolean): Promise<StoredLogin> {
  const path = join(dataDir, fileName);
  const stored = await readLogin(path);
  if (stored !== null) return stored;
  if (hasData) {
    throw new StartError(
      'start/data-damaged',
      `${path} is missing, and with it the password of the database.`,
    );
  }
  // Hexadecimal, so that it needs no escaping in an address.
  const login = { port: null, password: randomBytes(24).toString('hex') };
  const draft = await writeDraft(path, login);
  try {
    // Unlike a rename, a link never replaces what another first start has just written.
    await link(draft, path);
    await syncFolder(dataDir);
  } catch (error) {
    if (sqlState(error) !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return (await readLogin(path)) ?? login;
}

/** On disk when it returns: a cluster whose password was lost would be lost with it. */
export async function saveLogin(dataDir: string, login: StoredLogin): Promise<void> {
  const path = join(dataDir, fileName);
  await rename(await writeDraft(path, login), path);
  await syncFolder(dataDir);
}

/** A new name survives a power cut only once its folder is on disk. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeDraft(path: string, login: StoredLogin): Promise<string> {
  const draft = `${path}.${process.pid}`;
  const file = await open(draft, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(login)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return draft;
}

async function readLogin(path: string): Promise<StoredLogin | null> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (sqlState(error) === 'ENOENT') return null;
    throw new StartError('start/data-damaged', `${path} cannot be read.`, { cause: error });
  }
  const login = parseLogin(text);
  if (login === null)
    throw new StartError('start/data-damaged', `${path} does not hold a port and a password.`);
  return login;
}

function parseLogin(text: string): StoredLogin | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('password' in value) || !('port' in value))
    return null;
  const { password, port } = value;
  if (typeof password !== 'string' || !/^[0-9a-f]{32,}$/.test(password)) return null;
  return port === null || (Number.isInteger(port) && typeof port === 'number') ? { password, port } : null;
}
