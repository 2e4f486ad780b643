import type { TenantId } from '../../../schemas/ids.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Sql } from '../store/sql.ts';

/** What the passkey of somebody who decided signed. The hash of its bytes stands in the entry of the decision. */
export interface EvidenceItem {
  person: { id: string; name: string };
  passkeyId: string;
  at: string;
  evidence: JsonObject;
}

/** All there is about one question: a decision has one at most, and a question has few of them. */
export async function readEvidence(sql: Sql, tenant: TenantId, approvalId: string): Promise<EvidenceItem[]> {
  const { rows } = await sql.query<{
    person_id: string;
    name: string;
    passkey_id: string;
    at: Date;
    evidence: Buffer;
  }>(
    `select d.person_id, p.name, e.passkey_id, d.at, e.evidence from decisions d
     join decision_evidence e on e.tenant_id = d.tenant_id and e.decision_id = d.id
     join people p on p.tenant_id = d.tenant_id and p.id = d.person_id
     where d.tenant_id = $1 and d.approval_id = $2 order by d.at, d.id limit 200`,
    [tenant, approvalId],
  );
  return rows.map(({ person_id, name, passkey_id, at, evidence }) => ({
    person: { id: person_id, name },
    passkeyId: passkey_id,
    at: at.toISOString(),
    evidence: JSON.parse(evidence.toString('utf8')) as JsonObject,
  }));
}
