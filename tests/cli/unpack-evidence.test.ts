import { readdir, readFile } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { unpack } from '../../api/cli/audit/unpack.ts';
import { writeBundle } from '../../api/cli/audit/write-bundle.ts';
import { tarEnd, tarHead, tarPadding } from '../../engine/core/audit/tar.ts';
import { formatVerifierKey, verifierKey } from '../../engine/core/audit/verifier-key.ts';
import { origin, testSigner } from '../audit/open-log.ts';
import { temporaryFolder } from '../support/temp-folder.ts';

/* An archive as somebody sends it who took the server over. */

function entry(name: string, text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([tarHead({ name, bytes: bytes.length }, 0), bytes, tarPadding(bytes.length)]);
}

/** A head that says this where the length of its file stands, with the sum that fits. */
function sized(length: string): Buffer {
  const head = Buffer.from(tarHead({ name: 'evidence-x/key', bytes: 0 }, 0));
  head.write(length, 124, 'ascii');
  head.write('        ', 148, 'ascii');
  const sum = head.reduce((total, byte) => total + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\0`, 148, 'ascii');
  return head;
}

/** Sends these, then more than anybody should take. */
function much(...first: Uint8Array[]) {
  const seen = { left: false };
  async function* pieces(): AsyncGenerator<Uint8Array, void> {
    try {
      yield* first;
      for (let n = 0; n < 1_000; n += 1) yield entry('evidence-x/key', 'x'.repeat(4_000));
    } finally {
      seen.left = true;
    }
  }
  return { pieces: pieces(), seen };
}

describe('unpacking', () => {
  test.each(['-0000000001', '1x000000000', '000000000.1', '           '])(
    'a file of the length "%s" is none',
    async (length) => {
      const taken: string[] = [];
      const { pieces } = much(sized(length), tarEnd);
      await expect(unpack(pieces, (name) => taken.push(name))).rejects.toThrow('no archive of plain files');
      expect(taken).toEqual([]);
    },
  );

  test.each([
    ['after its end', tarEnd],
    ['when it is none', Buffer.from('<html>'.repeat(200))],
  ])('nothing more is taken %s', async (_when, first) => {
    const { pieces, seen } = much(first);
    await unpack(pieces, () => undefined).catch(() => undefined);
    expect(seen.left).toBe(true);
  });

  test('one that is longer than any evidence is none', async () => {
    const { pieces, seen } = much();
    await expect(unpack(pieces, () => undefined, 100_000)).rejects.toThrow('it is too large');
    expect(seen.left).toBe(true);
  });
});

const key = formatVerifierKey(verifierKey(origin, testSigner.publicKey));

const manifestOf = (said: object) =>
  entry(
    'evidence-x/manifest.json',
    JSON.stringify({ log: 'l', origin, key, size: 1, entries: [], withoutText: [], ...said }),
  );

/** A server that answers like this, and the command line that asks it. */
async function asking(answer: (response: ServerResponse) => void) {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/x-tar' });
    answer(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterAll(() => server.close());
  const { port } = server.address() as AddressInfo;
  const settings = { url: `http://127.0.0.1:${port}`, token: () => 'rip_x' };
  const at = await temporaryFolder();
  const folder = join(at, 'bundle');
  return { at, folder, write: () => writeBundle(settings, { kind: 'run', id: 'run_1' }, folder) };
}

/** What the command line makes of an archive with this manifest and these files. */
async function bundleOf(said: object, ...others: Buffer[]): Promise<string> {
  const { folder, write } = await asking((response) =>
    response.end(Buffer.concat([manifestOf(said), ...others, tarEnd])),
  );
  await write();
  return folder;
}

test('what is not whole yet has another name, whenever this is killed; nobody writes over it', async () => {
  let breakOff = (): unknown => undefined;
  const { at, folder, write } = await asking((response) => {
    response.write(manifestOf({}));
    breakOff = () => response.destroy();
  });
  const writing = write().catch((error: unknown) => error);
  let names: string[] = [];
  while (!names.some((name) => name.endsWith('manifest.json'))) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    names = await readdir(at, { recursive: true });
  }
  expect(names.toSorted()).toEqual(['bundle.part', 'bundle.part/manifest.json']);
  await expect(write()).rejects.toThrow(`${folder}.part is there`);
  breakOff();
  expect(String(await writing)).toContain('did not send the whole evidence');
  expect(await readdir(at)).toEqual([]);
});

test('what says how to check the evidence, and what checks it, is never what was sent', async () => {
  const names = ['README.md', 'verify-bundle.ts', 'verifier/key.ts', 'verifier/trust-me.ts'];
  const folder = await bundleOf({}, ...names.map((name) => entry(`evidence-x/${name}`, 'node trust-me.ts')));
  expect(await readdir(join(folder, 'verifier'))).not.toContain('trust-me.ts');
  for (const name of names.slice(0, 3))
    expect(await readFile(join(folder, name), 'utf8')).not.toContain('trust-me');
  expect(await readFile(join(folder, 'README.md'), 'utf8')).toContain('# Evidence of run run_1');
});

const odd = "x';touch${IFS}here;'";
test.each([
  ['a key that is a command', { key: odd }],
  [
    'a key whose name is a command',
    { origin: odd, key: formatVerifierKey(verifierKey(odd, testSigner.publicKey)) },
  ],
  ['an origin of several lines', { origin: 'x\n\n    node trust-me.ts', key: '' }],
  ['a key of somebody else', { origin: 'else.example/audit/1' }],
])('a manifest with %s is none: people copy what is said of it into a shell', async (_what, said) => {
  await expect(bundleOf(said)).rejects.toThrow('its manifest is none');
});
