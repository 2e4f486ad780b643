import { setTimeout as pause } from 'node:timers/promises';
import type {
  ActionContext,
  ActionOutcome,
  CheckOutcome,
  Failure,
} from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import { nonEmptyTextOf } from '../../client/read-field.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { readAccount } from './read-account.ts';
import { userKeyOf } from './user-key.ts';

/** Risk calls take object ids only (facts 3); a name is looked up, which is another rate limit. */
export async function objectIdOf(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<{ ok: true; id: string } | { ok: false; failure: Failure }> {
  const user = userKeyOf(input);
  if (!user.ok) return user;
  if (!user.key.includes('@')) return { ok: true, id: user.key.toLowerCase() };
  const reading = await readAccount(graph, context, user.key);
  return reading.ok ? { ok: true, id: reading.account.id } : reading;
}

export interface Risk {
  level: 'none' | 'low' | 'medium' | 'high' | 'hidden' | 'unknown';
  state: string;
}

const levels = ['none', 'low', 'medium', 'high', 'hidden'] as const;
const states = new Map([
  ['none', 'none'],
  ['confirmedsafe', 'confirmed_safe'],
  ['remediated', 'remediated'],
  ['dismissed', 'dismissed'],
  ['atrisk', 'at_risk'],
  ['confirmedcompromised', 'confirmed_compromised'],
]);

/** Somebody the vendor has never called risky is not listed: 404 is "none". */
export async function readRisk(
  graph: VendorApi,
  context: ActionContext,
  id: string,
): Promise<{ ok: true; risk: Risk } | { ok: false; failure: Failure }> {
  const answer = await graph.read(context, path`/identityProtection/riskyUsers/${id}`);
  if (!answer.ok) {
    return answer.failure.code === 'not-found'
      ? { ok: true, risk: { level: 'none', state: 'none' } }
      : answer;
  }
  const level = nonEmptyTextOf(answer.body, 'riskLevel')?.toLowerCase() ?? '';
  const state = nonEmptyTextOf(answer.body, 'riskState')?.toLowerCase() ?? '';
  return {
    ok: true,
    risk: {
      level: levels.find((known) => known === level) ?? 'unknown',
      state: states.get(state) ?? 'unknown',
    },
  };
}

/** The tenant has one risk request a second: what follows this read at once would be refused. */
const readPauseMs = 1_100;

/** What the user's risk is now, asked before it is taken back: there a read costs less than a mistake. */
export async function lookAtRisk(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  call: 'confirmCompromised' | 'dismiss',
): Promise<CheckOutcome> {
  const user = await objectIdOf(graph, context, input);
  if (!user.ok) return { kind: 'unknown', message: user.failure.message };
  const reading = await readRisk(graph, context, user.id);
  if (!reading.ok) return { kind: 'unknown', message: reading.failure.message };
  await pause(readPauseMs, undefined, { signal: context.signal });
  const { state, level } = reading.risk;
  if (state === 'unknown')
    return { kind: 'unknown', message: 'Microsoft Graph sent a risk state that is not known.' };
  if (state !== stateAfter[call]) return { kind: 'absent', shows: { risk_state: state, risk_level: level } };
  return { kind: 'present', outputs: { id: user.id, state } };
}

const stateAfter = { confirmCompromised: 'confirmed_compromised', dismiss: 'dismissed' };

/**
 * Posts and does not read first: the tenant has one risk request a second over all applications, and a
 * read would spend it. A repeat is answered as the first time.
 */
export async function postRisk(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  call: 'confirmCompromised' | 'dismiss',
): Promise<ActionOutcome> {
  const user = await objectIdOf(graph, context, input);
  if (!user.ok) return failed(user.failure);
  const writing = await graph.write(context, 'POST', `/identityProtection/riskyUsers/${call}`, {
    userIds: [user.id],
  });
  if (writing.kind === 'unknown') return writing;
  if (writing.kind === 'refused') return failed(writing.failure);
  return { kind: 'succeeded', outputs: { id: user.id, state: stateAfter[call] } };
}
