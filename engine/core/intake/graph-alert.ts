import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';
import { categoryOf } from './graph-category.ts';
import { readEvidence } from './graph-evidence.ts';
import { dateOf, listOf, textOf } from './read-vendor.ts';

/*
 * A Graph `security/alerts_v2` alert as its documentation describes it (vendor facts 5.1, 5.4).
 * Tolerant by design: members are nulled, left out, spelled in another case or carry values that are
 * not listed; only what cannot be done without (id, title) is demanded by the schema afterwards.
 */
export function readGraphAlert(
  body: JsonObject,
  source: string,
): { alert: JsonObject; unknownEvidence: number } {
  const evidence = listOf(body.evidence).filter(isJsonObject);
  const { targets, unknown } = readEvidence(evidence);
  const incident: JsonObject = { id: textOf(body.incidentId, 512) };
  const alert: JsonObject = {
    source,
    source_id: textOf(body.id, 512),
    title: textOf(body.title, 1000),
    description: textOf(body.description, 65_536),
    severity: severityOf(body.severity),
    category: categoryOf(body, evidence),
    confidence: confidenceOf(body, evidence),
    verdict: verdictOf(body, evidence),
    created_at: dateOf(body.createdDateTime),
    url: textOf(body.alertWebUrl, 2048),
    incident,
    techniques: techniquesOf(body.mitreTechniques),
    targets,
  };
  return { alert, unknownEvidence: unknown };
}

/** The vendor has no `critical`; `unknown` counts as medium, so that it is neither lost nor shouted. */
function severityOf(value: Json | undefined): string {
  const word = textOf(value, 32).toLowerCase();
  return ['informational', 'low', 'medium', 'high', 'critical'].includes(word) ? word : 'medium';
}

/**
 * The vendor gives no number. This one says how much of its evidence the product itself calls bad:
 * 0.95 when a piece is malicious, 0.7 when the best is suspicious, 0.5 otherwise, and 0.1 when the
 * alert was classified as false. It is a rank, not a probability.
 */
function confidenceOf(body: JsonObject, evidence: JsonObject[]): number {
  if (verdictOf(body, evidence) === 'benign') return 0.1;
  const verdicts = evidence.map((piece) => textOf(piece.verdict, 64).toLowerCase());
  if (verdicts.includes('malicious')) return 0.95;
  return verdicts.includes('suspicious') ? 0.7 : 0.5;
}

function verdictOf(body: JsonObject, evidence: JsonObject[]): string {
  const classification = textOf(body.classification, 64).toLowerCase();
  if (classification === 'truepositive') return 'confirmed';
  if (classification === 'falsepositive' || classification === 'informationalexpectedactivity')
    return 'benign';
  const verdicts = evidence.map((piece) => textOf(piece.verdict, 64).toLowerCase());
  if (verdicts.includes('malicious')) return 'confirmed';
  return verdicts.includes('suspicious') ? 'suspected' : 'unknown';
}

function techniquesOf(value: Json | undefined): string[] {
  const named = listOf(value).map((each) => textOf(each, 16).toUpperCase());
  return [...new Set(named.filter((each) => /^T[0-9]{4}(\.[0-9]{3})?$/.test(each)))].slice(0, 100);
}
