import { beforeAll, describe, expect, test } from 'vitest';
import { encodeEntry } from '../../engine/core/audit/entry.ts';
import { encodeTerms } from '../../engine/core/audit/order.ts';
import {
  encodeOrderEvidence,
  keyOf,
  type OrderRole,
  type OrderSigner,
} from '../../engine/core/audit/signed-order.ts';
import type { EntryDraft } from '../../engine/core/contracts/entry.ts';
import type { AnchorPlace } from '../../engine/runtime/audit/anchor-place.ts';
import { groundOf, type Wish } from '../../engine/runtime/audit/order-ground.ts';
import type { OrderProof } from '../../engine/runtime/identity/prove-order.ts';
import { readNewestLog } from '../../engine/runtime/store/queries/audit-orders.ts';
import { mintId } from '../../schemas/ids.ts';
import { tenant } from '../audit/draft-entry.ts';
import { age } from '../audit/grown-log.ts';
import { keysOf, numbered, origin, record, sequencerOf, testSigner, until } from '../audit/open-log.ts';
import { type SigningOrderer, signingOrderer } from '../audit/signing-orderer.ts';
import { useDatabase } from '../support/database.ts';

/*
 * T28, and decision 0049: somebody can write everything in the database that the application's role may write. They invent two people, their passkeys, what those have signed, and the entries that go with it, and order
 * what would help them about the log. The host of the sequencer has a list of whose passkeys count.
 */

const database = await useDatabase();
/** The real ones. */
let ada: SigningOrderer;
let bo: SigningOrderer;
/** Two more, with real passkeys of their own, whom nobody has listed: all that a thief can bring about. */
let eve: SigningOrderer;
let mal: SigningOrderer;
const keys = keysOf(testSigner);

const place: AnchorPlace = {
  name: 'test://place',
  wants: 'newest',
  newest: async () => null,
  carry: async () => [],
};

const open = (signers: OrderSigner[] | null = [ada.signer, bo.signer]) =>
  sequencerOf(database.sequencer, {
    keys,
    places: [place],
    retentionDays: 400,
    signers,
    limits: { checkpointMs: 0, pollMs: 10, idlePollMs: 20, carryMs: 10, takeoverMs: 50 },
  });

beforeAll(async () => {
  [ada, bo] = [await signingOrderer(database, 'ada'), await signingOrderer(database, 'bo')];
  [eve, mal] = [await signingOrderer(database, 'eve'), await signingOrderer(database, 'mal')];
  await record(database, numbered(300));
  const sequencer = open();
  await sequencer.start();
  await until(
    async () => (await database.owner.query('select 1 from audit_anchor where size > 290')).rowCount === 1,
    'brought outside',
  );
  await sequencer.stop();
  await age(database, 290, 500);
});

interface Forged {
  wish: Wish;
  proposer?: { id: string; passkeyId: string };
  confirmer?: { id: string; passkeyId: string };
  /** What stands below it. */
  signatures: (digest: string) => Promise<{ [role in OrderRole]: string | null }>;
}

const wishes: Wish[] = [
  { kind: 'key' },
  { kind: 'incarnation', oldKey: 'lost' },
  {
    kind: 'truncation',
    archive: `sha256:${'a'.repeat(64)}`,
    archivedLog: origin,
    archivedTo: 300,
    retentionDays: 400,
  },
  { kind: 'place', place: 'test://place' },
];

/** With the application's password alone: rows and entries in good form. @returns the digest */
async function forge({ wish, proposer = eve, confirmer = mal, signatures }: Forged): Promise<string> {
  const ground = await groundOf(database.app, tenant, wish);
  if (typeof ground === 'string') throw new Error(ground);
  const { text, digest } = encodeTerms({
    ...ground,
    reason: 'nothing to see here',
    proposedBy: proposer.id,
    proposedAt: new Date().toISOString(),
  });
  const signed = await signatures(digest);
  await database.app.query(
    `insert into audit_orders (tenant_id, number, kind, log_id, terms, digest, state, proposed_by, confirmed_by, confirmed_at,
       proposed_signature, proposed_passkey, confirmed_signature, confirmed_passkey)
     select $1, coalesce(max(number), 0) + 1, $2, $3, $4, $5, 'confirmed', $6, $7, clock_timestamp(), $8, $9, $10, $11
     from audit_orders where tenant_id = $1`,
    [
      tenant,
      ground.kind,
      ground.log,
      text,
      digest,
      proposer.id,
      confirmer.id,
      signed.proposer,
      signed.proposer === null ? null : proposer.passkeyId,
      signed.confirmer,
      signed.confirmer === null ? null : confirmer.passkeyId,
    ],
  );
  const said = (type: EntryDraft['type'], id: string): EntryDraft => ({
    type,
    actor: { kind: 'person', id, channel: 'console' },
    outcome: 'success',
    data: { kind: ground.kind, log: ground.log, digest, signed: true },
  });
  const drafts = [
    said('log.order-proposed', proposer.id),
    said('log.order-signed', proposer.id),
    said('log.order-confirmed', confirmer.id),
  ];
  for (const draft of drafts) {
    const { id, bytes, leaf } = encodeEntry(draft, { id: mintId('EntryId'), nowMs: Date.now(), tenant });
    await database.app.query(
      'insert into audit_pending (tenant_id, id, entry, leaf) values ($1, $2, $3, $4)',
      [tenant, id, bytes, leaf],
    );
  }
  return digest;
}

const textOf = ({ evidence }: OrderProof) => encodeOrderEvidence(evidence);

/** What the sequencer makes of it, and of the log. */
async function refusedAs(digest: string): Promise<string> {
  const before = await readNewestLog(database.app, tenant);
  const sequencer = open();
  await sequencer.start();
  const { rows } = await (async () => {
    const question = () =>
      database.owner.query<{ problem: string }>(
        "select problem from audit_orders where digest = $1 and state = 'refused'",
        [digest],
      );
    await until(async () => (await question()).rowCount === 1, 'it is refused');
    return await question();
  })();
  await sequencer.flush();
  await sequencer.stop();
  const after = await readNewestLog(database.app, tenant);
  expect(after).toMatchObject({ logId: before?.logId, vkey: before?.vkey, minIndex: 0 });
  expect((await database.owner.query('select 1 from audit_given_up')).rowCount).toBe(0);
  expect(
    (await database.owner.query("select 1 from audit_log where type = 'audit.truncated'")).rowCount,
  ).toBe(0);
  // Nobody can miss it: the log says that it was tried.
  const said = await database.owner.query<{ entry: string }>(
    `select convert_from(entry, 'utf8') as entry from audit_log where type = 'log.order-refused'
     and convert_from(entry, 'utf8') like '%' || $1 || '%'`,
    [digest],
  );
  expect(JSON.parse(said.rows[0]?.entry ?? '{}')).toMatchObject({
    code: 'audit/order-unsigned',
    outcome: 'failure',
  });
  return rows[0]?.problem ?? '';
}

describe.each(wishes)('an invented order about $kind', (wish) => {
  test('that nobody signed', async () => {
    const digest = await forge({
      wish,
      signatures: async () => ({ proposer: null, confirmer: null }),
    });
    expect(await refusedAs(digest)).toContain('has not signed it');
  });

  test('signed with passkeys that they registered themselves, entries and all', async () => {
    const digest = await forge({
      wish,
      signatures: async (of) => ({
        proposer: textOf(await eve.prove(of, 'proposer')),
        confirmer: textOf(await mal.prove(of, 'confirmer')),
      }),
    });
    expect(await refusedAs(digest)).toContain('is not in the list of this host');
  });

  test('in the names of those who are listed, signed with other keys', async () => {
    const digest = await forge({
      wish,
      proposer: ada,
      confirmer: bo,
      signatures: async (of) => ({
        proposer: textOf(await eve.prove(of, 'proposer')),
        confirmer: textOf(await mal.prove(of, 'confirmer')),
      }),
    });
    expect(await refusedAs(digest)).toContain('is not in the list of this host');
  });
});

describe('what the real ones have signed once', () => {
  const wish = { kind: 'key' } as const;

  test('is worth nothing below another order, also with its digest exchanged', async () => {
    const earlier = await ada.order(wish, 'an order that was never confirmed');
    const [first, second] = [await ada.prove(earlier, 'proposer'), await bo.prove(earlier, 'confirmer')];
    await database.app.query("update audit_orders set state = 'replaced' where digest = $1", [earlier]);
    const asIs = await forge({
      wish,
      proposer: ada,
      confirmer: bo,
      signatures: async () => ({ proposer: textOf(first), confirmer: textOf(second) }),
    });
    expect(await refusedAs(asIs)).toContain('it is about another order');
    const exchanged = await forge({
      wish,
      proposer: ada,
      confirmer: bo,
      signatures: async (order) => ({
        proposer: encodeOrderEvidence({ ...first.evidence, order }),
        confirmer: encodeOrderEvidence({ ...second.evidence, order }),
      }),
    });
    expect(await refusedAs(exchanged)).toContain('another challenge was signed');
  });

  test('as the one is worth nothing as the other', async () => {
    const digest = await forge({
      wish,
      proposer: ada,
      confirmer: bo,
      signatures: async (of) => {
        const proof = await ada.prove(of, 'proposer');
        return {
          proposer: textOf(proof),
          confirmer: encodeOrderEvidence({ ...proof.evidence, role: 'confirmer' }),
        };
      },
    });
    expect(await refusedAs(digest)).toContain('the signature of its confirmer does not hold');
  });

  test('one person with two of the two words is one person', async () => {
    const digest = await forge({
      wish,
      proposer: ada,
      confirmer: { id: bo.id, passkeyId: ada.passkeyId },
      signatures: async (of) => ({
        proposer: textOf(await ada.prove(of, 'proposer')),
        confirmer: textOf(await ada.prove(of, 'confirmer')),
      }),
    });
    expect(await refusedAs(digest)).toContain('not in the list of this host for');
  });
});

test('a key that the sealed log ended counts no more, whatever its row says', async () => {
  const { passkeyId } = bo;
  await bo.removeKey();
  await open().flush();
  // Its row is back, as if it had never been removed.
  await database.app.query('update passkeys set removed_at = null where id = $1', [passkeyId]);
  const digest = await forge({
    wish: { kind: 'key' },
    proposer: ada,
    confirmer: bo,
    signatures: async (of) => ({
      proposer: textOf(await ada.prove(of, 'proposer')),
      confirmer: textOf(await bo.prove(of, 'confirmer')),
    }),
  });
  expect(await refusedAs(digest)).toContain('the key had been removed before');
  expect(keyOf((await bo.prove(digest, 'confirmer')).evidence)).toBe(bo.signer.publicKey);
});

test('without the list it is done: rows and entries are all that there is to believe', async () => {
  const digest = await forge({
    wish: { kind: 'key' },
    signatures: async () => ({ proposer: null, confirmer: null }),
  });
  const before = await readNewestLog(database.app, tenant);
  const sequencer = open(null);
  await sequencer.start();
  const done = () =>
    database.owner.query("select 1 from audit_orders where digest = $1 and state = 'done'", [digest]);
  await until(async () => (await done()).rowCount === 1, 'it is done');
  await sequencer.stop();
  expect((await readNewestLog(database.app, tenant))?.vkey).not.toBe(before?.vkey);
});
