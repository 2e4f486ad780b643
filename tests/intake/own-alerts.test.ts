import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../engine/core/expression/evaluate.ts';
import { normalizeAlert } from '../../engine/core/intake/normalize-alert.ts';
import type { Json, JsonObject } from '../../schemas/json.ts';
import { account, device, mail, piece, vendorAlert } from './vendor-alert.ts';

const least: JsonObject = {
  source_id: 'a-1',
  title: 'Ransom note found',
  severity: 'critical',
  created_at: '2026-11-20T03:00:00Z',
};

describe('an alert in our own shape', () => {
  it('needs id, title, severity and time; the rest is filled with what says nothing', () => {
    expect(normalizeAlert(least, 'scanner')).toEqual({
      ok: true,
      alert: {
        alert: {
          ...least,
          source: 'scanner',
          description: '',
          category: 'other',
          confidence: 0.5,
          verdict: 'unknown',
          url: '',
          incident: { id: '' },
          techniques: [],
          targets: { hosts: [], users: [], mails: [], files: [], ips: [] },
          raw: null,
        },
        targets: [],
        unknownEvidence: 0,
      },
    });
  });

  it('may name its own source and some targets, and keeps its original', () => {
    const body = {
      ...least,
      source: 'own',
      targets: { hosts: [{ id: 'H1', name: 'h' }] },
      raw: { any: [1, null] },
    };
    expect(normalizeAlert(body, 'scanner')).toMatchObject({
      ok: true,
      alert: {
        alert: {
          source: 'own',
          raw: { any: [1, null] },
          targets: { hosts: [{ id: 'H1', name: 'h' }], users: [] },
        },
        targets: [{ kind: 'host', id: 'H1', name: 'h' }],
      },
    });
  });

  it.each([
    ['2026-11-20T12:00:00+09:00', '2026-11-20T03:00:00.000Z'],
    ['2026-11-20 03:00:00Z', '2026-11-20T03:00:00.000Z'],
    ['2026-11-20t03:00:00.1234567891z', '2026-11-20T03:00:00.123Z'],
    ['2026-11-19T22:00:00-0500', '2026-11-20T03:00:00.000Z'],
    ['2026-11-20T03:00:00.5Z', '2026-11-20T03:00:00.5Z'],
  ])('has its times in UTC, as expressions read and compare them: %s', (given, told) => {
    const mail = { id: 'M1', network_message_id: '', recipient: '', sender: '', subject: '' };
    const mails = [{ ...mail, received_at: given }, mail];
    const read = normalizeAlert({ ...least, created_at: given, targets: { mails } }, 'scanner');
    const alert = read.ok ? (read.alert.alert as unknown as JsonObject) : {};
    expect(alert).toMatchObject({ created_at: told, targets: { mails: [{ received_at: told }, mail] } });
    const scope = { names: { alert }, nowMs: 0 };
    expect(evaluate('timestamp(alert.created_at) > timestamp("2026-11-20T02:59:59Z")', scope)).toEqual({
      ok: true,
      value: true,
    });
  });

  it.each([
    '2016-12-31T23:59:60Z',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+09:00',
    '2026-02-30T00:00:00Z',
  ])('has a time that there is: %s', (created_at) => {
    expect(normalizeAlert({ ...least, created_at }, 'scanner')).toMatchObject({
      ok: false,
      problems: [{ pointer: '/created_at', message: 'must be a date-time' }],
    });
  });

  it('cannot choose the id under which it is stored', () => {
    const read = normalizeAlert({ ...least, id: 'alr_mine' }, 'scanner');
    expect(read.ok && 'id' in read.alert.alert).toBe(false);
  });

  it('is refused with every problem at its place', () => {
    const body = {
      ...least,
      severity: 'huge',
      confidence: 2,
      surprise: 1,
      targets: { hosts: [{ name: 'h' }] },
    };
    const read = normalizeAlert(body, 'scanner');
    expect(read.ok).toBe(false);
    expect(read.ok ? [] : read.problems.map((problem) => problem.pointer).sort()).toEqual([
      '',
      '/confidence',
      '/severity',
      '/targets/hosts/0',
    ]);
  });

  it.each<Json>([null, true, 3, 'alert', [], [least], {}])('is not %j', (body) => {
    expect(normalizeAlert(body, 'scanner')).toMatchObject({ ok: false });
  });
});

describe('a body that cannot be stored', () => {
  const half = '\ud83d';
  it.each<[string, Json, string]>([
    ['U+0000 in the title', { ...least, title: 'a\0b' }, '/title'],
    ['half a surrogate pair in the title', { ...least, title: half }, '/title'],
    ['U+0000 deep in the original', { ...least, raw: { a: [{ 'b/c': 'x\0' }] } }, '/raw/a/0/b~1c'],
    ['half a pair in the original', { ...least, raw: ['ok', `x${half}`] }, '/raw/1'],
    ['U+0000 in a key', { ...least, raw: { 'k\0': 1 } }, '/raw'],
    ['half a pair in a key', { ...least, raw: { deep: { [half]: 1 } } }, '/raw/deep'],
    ['U+0000 in evidence', vendorAlert([{ ...device, hostName: 'ws\0' }]), '/evidence/0/hostName'],
    ['U+0000 where nobody looks', vendorAlert([], { additionalData: { x: '\0' } }), '/additionalData/x'],
  ])('is refused for %s, at its place', (_what, body, pointer) => {
    expect(normalizeAlert(body, 'scanner')).toMatchObject({ ok: false, problems: [{ pointer }] });
  });

  it('is refused when it is nested without end', () => {
    let raw: Json = [];
    for (let level = 0; level < 100_000; level++) raw = [raw];
    expect(normalizeAlert({ ...least, raw }, 'scanner')).toMatchObject({
      ok: false,
      problems: [{ message: expect.stringContaining('nested deeper') }],
    });
  });

  it('is not one with any other character, escape or pair', () => {
    const title = 'a\u0001\u001b[2J\u202e😀\ufffe\uffff‮\n';
    expect(normalizeAlert({ ...least, title, raw: title }, 'scanner')).toMatchObject({ ok: true });
  });
});

describe('whatever comes in', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\0', '\ud800', 'T1486', 'high'),
  );
  const value = fc.oneof(fc.jsonValue(), text, fc.constantFrom<Json>(null, [], {}, -0, 1e308));
  const names = [...new Set([device, mail, account, vendorAlert([]), least].flatMap(Object.keys))];
  const bent = (base: JsonObject) =>
    fc
      .dictionary(fc.constantFrom(...names, 'targets', 'incident', 'raw', 'source', '__proto__'), value)
      .map((change) => ({ ...base, ...(change as JsonObject) }));
  const body = fc.oneof(
    value,
    bent(least),
    fc
      .tuple(
        fc.array(
          fc.oneof(bent(device), bent(mail), bent(piece('userEvidence', { userAccount: account })), value),
          {
            maxLength: 4,
          },
        ),
        bent(vendorAlert([])),
      )
      .map(([evidence, base]) => ({ ...base, evidence: evidence as Json[] })),
  );

  it('is accepted or refused with a reason, never an exception, and never changed', () => {
    let accepted = 0;
    fc.assert(
      fc.property(body, (any) => {
        const before = JSON.stringify(any);
        const read = normalizeAlert(any as Json, 'fuzz');
        expect(JSON.stringify(any)).toBe(before);
        if (!read.ok) {
          expect(read.problems.length).toBeGreaterThan(0);
          return;
        }
        accepted += 1;
        // What was accepted can be stored: no U+0000, whole characters, keys that fit an index.
        const stored = JSON.stringify(read.alert);
        expect(stored).not.toContain('\\u0000');
        expect(stored).not.toMatch(/\\ud[89a-f]/);
        for (const target of read.alert.targets)
          expect(Buffer.byteLength(target.id)).toBeLessThanOrEqual(1024);
      }),
      { numRuns: 1500 },
    );
    expect(accepted).toBeGreaterThan(100);
  });
});
