import type { JsonObject } from '../../../schemas/json.ts';
import { listOf, objectOf, textOf } from './read-vendor.ts';

/*
 * The vendor's category is a tactic ("Impact", "InitialAccess"); playbooks ask for the kind of
 * attack. Order matters: the most specific sign wins. Techniques are MITRE ATT&CK ids. What is not
 * recognised keeps the tactic as its slug, so that a playbook can still match it.
 */
export function categoryOf(body: JsonObject, evidence: JsonObject[]): string {
  const techniques = new Set(listOf(body.mitreTechniques).map((each) => textOf(each, 16).toUpperCase()));
  const has = (...ids: string[]) =>
    ids.some((id) => [...techniques].some((each) => each === id || each.startsWith(`${id}.`)));
  const words = `${textOf(body.title, 1000)} ${textOf(body.threatDisplayName, 256)}`.toLowerCase();
  const mail = evidence.some((piece) =>
    textOf(piece['@odata.type'], 256).endsWith('analyzedMessageEvidence'),
  );
  const phishing = evidence.some((piece) =>
    listOf(piece.threats).some((threat) => /phish/i.test(textOf(threat, 64))),
  );

  if (has('T1486', 'T1490') || words.includes('ransom')) return 'ransomware';
  if (mail && (has('T1566') || phishing || words.includes('phish'))) return 'phishing';
  if (has('T1557') || words.includes('adversary in the middle') || words.includes('adversary-in-the-middle'))
    return 'aitm';
  if (words.includes('impossible travel')) return 'impossible-travel';
  if (has('T1550', 'T1021')) return 'lateral-movement';
  if (has('T1003', 'T1110', 'T1528', 'T1555', 'T1621', 'T1078')) return 'credential-theft';
  if (has('T1048', 'T1041', 'T1567')) return 'data-exfiltration';
  if (has('T1071', 'T1105')) return 'command-and-control';
  if (textOf(body.threatFamilyName, 256) !== '' || malware(evidence)) return 'malware';
  return slugOf(textOf(listOf(body.categories)[0], 64) || textOf(body.category, 64));
}

function malware(evidence: JsonObject[]): boolean {
  return evidence.some(
    (piece) =>
      textOf(piece['@odata.type'], 256).endsWith('malwareEvidence') ||
      textOf(objectOf(piece).malwareFamily, 64) !== '',
  );
}

function slugOf(tactic: string): string {
  const slug = tactic
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return /^[a-z]/.test(slug) ? slug : 'other';
}
