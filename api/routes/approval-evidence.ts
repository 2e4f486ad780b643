import { found } from '../http/problem.ts';
import type { Route } from '../http/route.ts';
import { integer, list, object, oneOf, text, time } from '../openapi/schema-words.ts';

const signedWord = object(
  { approval: text, digest: text, decision: oneOf(['approve', 'break-glass']), reason: text },
  ['reason'],
);

const signature = {
  nonce: text,
  credentialId: text,
  publicKey: text,
  authenticatorData: text,
  clientDataJSON: text,
  signature: text,
};

/** `v: 1` has the digest of the one question, `v: 2` the list of all that was signed with it. */
const evidenceSchema = object({ v: integer, digest: text, words: list(signedWord), ...signature }, [
  'digest',
  'words',
]);

export const approvalEvidenceRoutes: readonly Route[] = [
  {
    method: 'get',
    path: '/v1/approvals/{id}/evidence',
    operationId: 'readEvidence',
    summary: 'What the passkeys of those who decided signed, whole, so that anybody can check it.',
    permission: 'audit.read',
    answers: {
      200: {
        description:
          'One for each decision that was signed; `words` are there where the key signed several with one touch, or that its person decides alone and why. SHA-256 of its RFC 8785 bytes is `data.evidence` of the entry `approval.voted` or `approval.break-glass`; that of `publicKey` is `data.publicKey` of the entry `passkey.created`.',
        schema: object({
          run: text,
          items: list(
            object({
              person: object({ id: text, name: text }),
              passkeyId: text,
              at: time,
              evidence: evidenceSchema,
            }),
          ),
        }),
      },
    },
    async handle({ caller, params }, { read }) {
      const { tenant } = caller;
      const id = params.id ?? '';
      const asked = await read.readApproval(tenant, id);
      // What was signed stays when the question has gone by retention.
      const run = found(asked?.run.id ?? (await read.runOfGoneEvidence(tenant, id)));
      return { status: 200, body: { run, items: await read.readEvidence(tenant, id) } };
    },
  },
];
