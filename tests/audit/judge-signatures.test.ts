import { expect, test } from 'vitest';
import { judgeSignatures } from '../../engine/core/audit/judge-signatures.ts';
import { encodeTerms, type OrderTerms } from '../../engine/core/audit/order.ts';

/* What needs no key to be seen: who ordered it and what it is about. The rest is played with real keys elsewhere. */

const terms: OrderTerms = {
  kind: 'key',
  log: '1',
  key: 'soar.example/audit/1+00000000+AAAA',
  reason: 'it is a year old',
  proposedBy: 'per_ada',
  proposedAt: '2026-11-29T12:00:00.000Z',
};
const order = {
  terms,
  digest: encodeTerms(terms).digest,
  proposedBy: 'per_ada',
  confirmedBy: 'per_bo',
  signatures: { proposer: null, confirmer: null },
};
const signers = [
  { personId: 'per_ada', publicKey: `sha256:${'1'.repeat(64)}` },
  { personId: 'per_bo', publicKey: `sha256:${'2'.repeat(64)}` },
];

test('where nobody has to sign, what nobody signed is in order', () => {
  expect(judgeSignatures(order, null)).toEqual({ ok: true, signed: { proposer: null, confirmer: null } });
});

test.each([
  ['other terms', { terms: { ...terms, reason: 'another' } }, 'its digest is not that of its terms'],
  ['another proposer', { proposedBy: 'per_eve' }, 'its terms name other people'],
  ['one person', { confirmedBy: 'per_ada' }, 'its terms name other people'],
  ['a signature that is none', { signatures: { proposer: '{}', confirmer: null } }, 'cannot be read'],
])('%s is refused, whether or not anybody has to sign', (_, odd, why) => {
  for (const list of [null, signers])
    expect(judgeSignatures({ ...order, ...odd }, list)).toEqual({
      ok: false,
      why: expect.stringContaining(why),
    });
});

test('where they have to, each of the two has', () => {
  expect(judgeSignatures(order, signers)).toMatchObject({
    ok: false,
    why: expect.stringContaining('proposer'),
  });
});
