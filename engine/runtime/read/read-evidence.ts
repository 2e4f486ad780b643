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

/** Of a question that went by retention: its run, if somebody's key signed for it. */
export async function runOfGoneEvidence(
  sql: Sql,
  tenant: TenantId,
  approvalId: string,
): Promise<string | null> {
  const text = 'select run_id as run from gone_evidence where tenant_id = $1 and approval_id = $2 limit 1';
  return (await sql.query<{ run: string }>(text, [tenant, approvalId])).rows[0]?.run ?? null;
}

/** All there is about one question: a decision has one at most, and a question has few of them. What was signed for more than one names them all. */
export async function readEvidence(sql: Sql, tenant: TenantId, approvalId: string): Promise<EvidenceItem[]> {
  const { rows } = await sql.query<{
    person_id: string;
    name: string;
    passkey_id: string;
    at: Date;
    evidence: Buffer;
  }>(
    `with signed as (
       select d.person_id, e.passkey_id, d.at, d.id, coalesce(e.evidence, s.evidence) as evidence from decisions d
       join decision_evidence e on e.tenant_id = d.tenant_id and e.decision_id = d.id
       left join shared_evidence s on s.tenant_id = e.tenant_id and s.hash = e.shared
       where d.tenant_id = $1 and d.approval_id = $2
       union all
       select g.person_id, s.passkey_id, g.at, g.approval_id, s.evidence from break_glass g
       join shared_evidence s on s.tenant_id = g.tenant_id and s.hash = g.shared
       where g.tenant_id = $1 and g.approval_id = $2
       union all
       select e.person_id, e.passkey_id, e.at, e.word_id, coalesce(e.evidence, s.evidence) from gone_evidence e
       left join shared_evidence s on s.tenant_id = e.tenant_id and s.hash = e.shared
       where e.tenant_id = $1 and e.approval_id = $2
     )
     select s.person_id, p.name, s.passkey_id, s.at, s.evidence from signed s
     join people p on p.tenant_id = $1 and p.id = s.person_id order by s.at, s.id limit 200`,
    [tenant, approvalId],
  );
  return rows.map(({ person_id, name, passkey_id, at, evidence }) => ({
    person: { id: person_id, name },
    passkeyId: passkey_id,
    at: at.toISOString(),
    evidence: JSON.parse(evidence.toString('utf8')) as JsonObject,
  }));
}
