import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalText, isCanonicalText } from '../../engine/core/audit/canonical-text.ts';
import { entryBytesMax, targetsKept, textLimits } from '../../engine/core/audit/entry.ts';
import { hexOf, leafHash, rootOf } from '../../engine/core/audit/merkle.ts';
import { boundText, encodedBytes } from '../../engine/core/audit/plain-text.ts';
import { readEntry } from '../../engine/core/audit/read-entry.ts';
import { argumentBytesMax, redactArguments, redactValue } from '../../engine/core/audit/redact.ts';
import type { EntryDraft } from '../../engine/core/contracts/entry.ts';
import { InvariantBroken } from '../../engine/core/contracts/invariant.ts';
import type { ApprovalId } from '../../schemas/ids.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { draft, encode, runId, textOf } from './draft-entry.ts';

const digest = `sha256:${'ab'.repeat(32)}`;
const sha256 = (text: string | Uint8Array): string => createHash('sha256').update(text).digest('hex');

describe('the text of an entry', () => {
  // Names that integers would be, one that objects have, and letters in an order of which only one is right.
  const names = fc.oneof(
    fc.constantFrom('a', 'b', 'A', 'é', '😂', '\uffff', '1', '10', '9', '', '__proto__', 'toJSON'),
    fc.string(),
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.string({ unit: 'grapheme' }),
      fc.string({
        unit: fc.integer({ min: 0xd7_ff, max: 0xe0_00 }).map((code) => String.fromCharCode(code)),
      }),
      fc.constantFrom('\\ud800', '\ud800', -0, 1e21, 0.1, null, true),
      fc.integer(),
      fc.array(tie('value'), { maxLength: 4 }),
      fc.dictionary(names, tie('value'), { maxKeys: 5 }),
    ),
  }));

  test('is what the library writes, and refuses what it refuses', () => {
    fc.assert(
      fc.property(value, (content) => {
        expect(outcome(() => canonicalText({ content }))).toEqual(outcome(() => canonicalize({ content })));
      }),
      { numRuns: 500 },
    );
  });

  test('is known from every other text of the same', () => {
    fc.assert(
      fc.property(value, (content) => {
        const written = outcome(() => canonicalize({ content }));
        for (const text of [JSON.stringify({ content }), written, JSON.stringify({ content }, null, 1)]) {
          if (text === null) continue;
          const parsed = JSON.parse(text);
          expect(isCanonicalText(parsed, text)).toBe(outcome(() => canonicalize(parsed)) === text);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('may be nested as deep as an entry is long', () => {
    const text = `{"a":${'['.repeat(8_000)}${']'.repeat(8_000)}}`;
    expect(isCanonicalText(JSON.parse(text), text)).toBe(true);
  });

  function outcome(work: () => string | undefined): string | null {
    try {
      return work() ?? null;
    } catch {
      return null;
    }
  }
});

describe('the bytes of an entry', () => {
  test('are RFC 8785: sorted names, no white space, UTF-8 left as it is', () => {
    const encoded = encode({
      runId,
      step: 'contain.isolate',
      targets: [{ kind: 'host', id: 'host-é-€-😂' }],
    });
    expect(textOf(encoded)).toBe(
      '{"actor":{"channel":"intake","id":"edr-prod","kind":"source"},"id":"ent_1","runId":"run_1",' +
        '"step":"contain.isolate","targets":[{"id":"host-é-€-😂","kind":"host"}],"tenant":"default",' +
        '"time":"2026-01-02T03:04:05.678Z","type":"alert.accepted","v":1}',
    );
  });

  test.each([
    [
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}',
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    ],
    [
      '{"1":{"f":{"f":"hi","F":5},"\\n":56.0},"10":{},"":"empty","a":{},"111":[{"e":"yes","E":"no"}],"A":{}}',
      '{"":"empty","1":{"\\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}],"A":{},"a":{}}',
    ],
  ])('come from a serialiser that passes the public JCS suite', (given, expected) => {
    expect(canonicalize(JSON.parse(given))).toBe(expected);
  });

  test('give the leaf of the reference vectors, and these the reference root', () => {
    const lines = [
      '{"actor":{"id":"edr-prod","kind":"webhook"},"run":"run_01","time":"2026-01-02T03:04:05.678Z","type":"run.started","v":1}',
      '{"action_digest":"sha256:00","quorum":{"n":2},"run":"run_01","time":"2026-01-02T03:04:06.000Z","type":"approval.requested","v":1}',
      '{"run":"run_01","target":"host-é-€-😂","time":"2026-01-02T03:04:07.000Z","type":"action.intent","v":1}',
    ];
    const leaves = lines.map((line) => leafHash(Buffer.from(line)));
    expect(leaves.map(hexOf)).toEqual([
      'd8a7ca8c9979cac7172b8cd4393f263353067d90f2b623f8e826a5a8fdc29230',
      '0d161cf6fc2c68e3d84a9697c28508e4e0bb0d25b67c971d69b56ea3d1915468',
      'a40083bba4e301eefe0ef0abea5413bb64f414c0a678022523e3ce2ad15bea40',
    ]);
    expect(Buffer.from(rootOf(leaves)).toString('base64')).toBe(
      'dsdavSD28vNiAwUIYVgZFi8KRDgf0aisXwhMugS6IrQ=',
    );
  });

  test('are read back as the same entry, whatever an alert put into the free texts', () => {
    const anyText = fc
      .string({ unit: 'binary', maxLength: 40 })
      .chain((text) =>
        fc.constantFrom(text, `${text}\ud800`, `\udc00${text}`, `\u0000${text}`, `__proto__${text}`),
      );
    fc.assert(
      fc.property(anyText, anyText, anyText, (reason, name, key) => {
        const encoded = encode({
          reason,
          targets: [{ kind: 'host', id: name, name }],
          data: { [key]: [name, 1, null] },
        });
        expect(hexOf(encoded.leaf)).toBe(hexOf(leafHash(encoded.bytes)));
        const read = readEntry(encoded.bytes);
        expect(read).toEqual({ ok: true, entry: encoded.entry });
      }),
    );
  });

  test('hold U+0000 as an escape', () => {
    expect(textOf(encode({ reason: 'a\u0000b' }))).toContain('"reason":"a\\u0000b"');
  });

  test('keep a key called __proto__ as an ordinary key', () => {
    const data = JSON.parse('{"__proto__":{"polluted":true}}') as JsonObject;
    expect(textOf(encode({ data }))).toContain('"data":{"__proto__":{"polluted":true}}');
  });

  test('hold only fields that were admitted by name', () => {
    const smuggled = { ...draft(), password: 'hunter2', targets: [{ kind: 'host', id: 'h', secret: 'x' }] };
    const text = textOf(encode(smuggled as Partial<EntryDraft>));
    expect(text).not.toContain('hunter2');
    expect(text).not.toContain('secret');
  });

  test('do not change when the caller changes its draft later', () => {
    const data: JsonObject = { list: [1] };
    const encoded = encode({ data });
    (data.list as Json[]).push(2);
    expect(encoded.entry.data).toEqual({ list: [1] });
  });
});

describe('what only our code can get wrong is a bug', () => {
  const broken: [string, Partial<EntryDraft>][] = [
    ['an unknown type', { type: 'alert.eaten' as never }],
    ['an unknown actor kind', { actor: { kind: 'robot' as never, id: 'x', channel: 'api' } }],
    ['an unknown channel', { actor: { kind: 'person', id: 'x', channel: 'telex' as never } }],
    ['an unknown outcome', { outcome: 'maybe' as never }],
    ['a fraction in data', { data: { ratio: 0.5 } }],
    ['a fraction deep in data', { data: { list: [{ ratio: 1e-9 }] } }],
    ['an integer beyond 2^53', { data: { id: 9_007_199_254_740_992 } }],
    ['minus zero', { data: { zero: -0 } }],
    ['NaN', { data: { nan: Number.NaN } }],
    ['undefined in data', { data: { nothing: undefined as never } }],
    ['a class instance in data', { data: { when: new Date(0) as never } }],
    ['a bigint in data', { data: { big: 1n as never } }],
    ['an attempt that is no count', { attempt: 1.5 }],
    ['a run id with a control character', { runId: 'run_\u0000' as never }],
    ['an empty code', { code: '' }],
    ['an overlong action key', { actionKey: 'k'.repeat(textLimits.word + 1) }],
    ['a plan digest that is none', { planDigest: 'sha256:ab' }],
    ['simulated: false', { simulated: false as never }],
    ['data that is too deep', { data: deep(17) }],
  ];
  test.each(broken)('%s', (_, patch) => {
    expect(() => encode(patch)).toThrow(InvariantBroken);
  });

  test('but data of 16 levels is admitted', () => {
    expect(readEntry(encode({ data: deep(16) }).bytes).ok).toBe(true);
  });
});

function deep(levels: number): JsonObject {
  return levels === 1 ? { end: true } : { next: deep(levels - 1) };
}

describe('free text', () => {
  test('shows a lone surrogate instead of refusing or hiding it', () => {
    expect(encode({ reason: 'before \ud83d after' }).entry.reason).toBe('before \\ud83d after');
    expect(encode({ data: { '\udc00': 'x\ud800' } }).entry.data).toEqual({ '\\udc00': 'x\\ud800' });
  });

  test('keeps both values when two keys become one by repair', () => {
    const data = { '\ud800': 1, '\\ud800': 2 };
    expect(encode({ data }).entry.data).toEqual({ '\\ud800': 2, '\\ud800*': 1 });
  });

  test('is cut at its documented size with a marker that names the whole', () => {
    const long = `${'x'.repeat(textLimits.reason - 200)}${'😂'.repeat(5_000)}`;
    const { reason } = encode({ reason: long }).entry;
    expect(encodedBytes(reason ?? '')).toBeLessThanOrEqual(textLimits.reason);
    expect(reason).toMatch(/^x+😂+…\[cut from \d+ bytes, sha256:[0-9a-f]{64}\]$/u);
    expect(reason).toContain(sha256(long));
    expect(reason).toContain(`cut from ${Buffer.byteLength(long)} bytes`);
  });

  test('of exactly its size stays whole', () => {
    const exact = 'x'.repeat(textLimits.reason);
    expect(encode({ reason: exact }).entry.reason).toBe(exact);
    expect(encode({ reason: `${exact}x` }).entry.reason).toContain('…[cut from 2001 bytes');
  });

  test('never costs more than its limit, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        expect(encodedBytes(boundText(text, 200))).toBeLessThanOrEqual(200);
        expect(boundText(text, 200).isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('an entry that would be too big', () => {
  test('holds the digest of its data, which goes to the blobs whole', () => {
    const data = { list: Array.from({ length: 2_000 }, (_, n) => `value ${n}`) };
    const encoded = encode({ data, reason: 'stays' });
    const blob = encoded.blob?.bytes ?? new Uint8Array();
    expect(JSON.parse(Buffer.from(blob).toString())).toEqual(data);
    expect(encoded.entry.data).toEqual({
      sha256: sha256(blob),
      size: blob.length,
      media_type: 'application/json',
    });
    expect(encoded.entry.reason).toBe('stays');
    expect(hexOf(encoded.blob?.sha256 ?? new Uint8Array())).toBe(sha256(blob));
  });

  test('keeps its first targets and the number of all, the rest goes to the blobs', () => {
    const targets = Array.from({ length: 500 }, (_, n) => ({
      kind: 'host',
      id: `host-${n}`,
      name: 'x'.repeat(50),
    }));
    const encoded = encode({ targets, data: { note: 'kept too' } });
    expect(encoded.entry.targets).toEqual(targets.slice(0, targetsKept));
    expect(encoded.entry.data?.targets).toBe(500);
    expect(JSON.parse(Buffer.from(encoded.blob?.bytes ?? []).toString())).toEqual({
      data: { note: 'kept too' },
      targets,
    });
  });

  test('fits when every field is as long as it may be', () => {
    const nul = '\u0000'.repeat(5_000);
    const id = 'i'.repeat(textLimits.word);
    const encoded = encode({
      actor: { kind: 'person', id: nul, channel: 'console' },
      onBehalfOf: nul,
      runId: id as never,
      step: nul,
      attempt: Number.MAX_SAFE_INTEGER,
      playbook: { id, version: id, digest: id },
      action: id,
      actionKey: id,
      connection: nul,
      targets: Array.from({ length: 50 }, () => ({ kind: nul, id: nul, name: nul })),
      approvalId: id as ApprovalId,
      planDigest: digest,
      alertId: id,
      incidentId: id,
      outcome: 'unknown',
      code: id,
      reason: nul,
      requestId: nul,
      simulated: true,
      data: { text: nul },
    });
    expect(encoded.bytes.length).toBeLessThanOrEqual(entryBytesMax);
    expect(encoded.entry.targets).toHaveLength(targetsKept);
    expect(readEntry(encoded.bytes).ok).toBe(true);
  });
});

describe('bytes that are no entry', () => {
  const good = textOf(encode());
  const cases: [string, string, string | Uint8Array][] = [
    ['white space', 'not-canonical', good.replace('{', '{ ')],
    ['a newline at the end', 'not-canonical', `${good}\n`],
    ['a duplicate name', 'not-canonical', good.replace('{', '{"v":1,')],
    ['members in another order', 'not-canonical', good.replace('"v":1', '"a":1,"v":1')],
    ['a float in another spelling', 'not-canonical', good.replace('"v":1', '"v":1.0')],
    ['an escaped character that needs no escape', 'not-canonical', good.replace('edr', '\\u0065dr')],
    ['a lone surrogate', 'not-canonical', good.replace('edr', '\\ud800')],
    ['a byte order mark', 'not-json', `\ufeff${good}`],
    ['half a document', 'not-json', good.slice(0, -1)],
    ['a list', 'not-an-entry', '[]'],
    ['another version', 'not-an-entry', good.replace('"v":1', '"v":2')],
    ['an unknown type', 'not-an-entry', good.replace('alert.accepted', 'alert.eaten')],
    ['a day that does not exist', 'not-an-entry', good.replace('01-02T', '02-30T')],
    ['a year that PostgreSQL does not know', 'not-an-entry', good.replace('2026-', '0000-')],
    ['bytes that are not UTF-8', 'not-utf8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['too many bytes', 'too-long', ' '.repeat(entryBytesMax + 1)],
  ];
  test.each(cases)('%s: %s', (_, code, bytes) => {
    expect(readEntry(Buffer.from(bytes))).toMatchObject({ ok: false, code });
  });

  test('but a field that a newer writer added is read', () => {
    expect(readEntry(Buffer.from(good.replace('"v":1', '"v":1,"zone":"x"'))).ok).toBe(true);
  });
});

describe('arguments in an entry', () => {
  test('are only those that the action declares', () => {
    expect(redactArguments({ host: 'h1', token: 's3cret' }, ['host', 'comment'])).toEqual({ host: 'h1' });
  });

  test('are shown in full when short and as a digest when long', () => {
    const long = 'y'.repeat(argumentBytesMax + 1);
    expect(redactValue('y'.repeat(argumentBytesMax))).toBe('y'.repeat(argumentBytesMax));
    expect(redactValue(long)).toEqual({ sha256: sha256(long), size: long.length, media_type: 'text/plain' });
  });

  test('show short lists of plain values and digest everything nested', () => {
    expect(redactValue(['10.0.0.1', 7, null, true])).toEqual(['10.0.0.1', 7, null, true]);
    expect(redactValue({ b: 1, a: 2 })).toEqual({
      sha256: sha256('{"a":2,"b":1}'),
      size: 13,
      media_type: 'application/json',
    });
    expect(redactValue([{ a: 1 }])).toMatchObject({ media_type: 'application/json' });
  });

  test('always make data that an entry admits', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const data = redactArguments({ value: value as Json }, ['value']);
        expect(readEntry(encode({ data }).bytes).ok).toBe(true);
      }),
    );
    expect(redactValue(0.25)).toBe('0.25');
    expect(redactValue(-0)).toBe('0');
    expect(redactValue({ '\ud800': '\udc00' })).toMatchObject({ media_type: 'application/json' });
  });
});
