import type { ActionContext, ActionOutcome, CheckOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed, terminal } from '../../client/fail.ts';
import { path } from '../../client/path.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { type InboxRule, listInboxRules } from './inbox-rule.ts';
import { ruleOf } from './rule-key.ts';

/** Turns a rule on or off. Nothing of it is lost by that, which is why rules are not deleted. */
export async function setRuleEnabled(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  enabled: boolean,
): Promise<ActionOutcome> {
  const key = ruleOf(input);
  if (!key.ok) return failed(key.failure);
  const list = await listInboxRules(graph, context, key.mailbox);
  if (!list.ok) return failed(list.failure);
  const rule = list.rules.find((each) => each.id === key.ruleId);
  if (rule === undefined) {
    return failed(terminal('not-found', 'The mailbox has no such rule; it may have been deleted.'));
  }
  if (rule.enabled === enabled) {
    return { kind: 'succeeded', outputs: ruleOutputs(rule, enabled), changed: false };
  }
  if (rule.readOnly) {
    return failed(
      terminal('unsupported-target', 'The rule is read-only for Graph; change it in Outlook or Exchange.'),
    );
  }
  const writing = await graph.write(
    context,
    'PATCH',
    path`/users/${key.mailbox}/mailFolders/inbox/messageRules/${key.ruleId}`,
    { isEnabled: enabled },
  );
  if (writing.kind === 'unknown') return writing;
  if (writing.kind === 'refused') return failed(writing.failure);
  return { kind: 'succeeded', outputs: ruleOutputs(rule, enabled), changed: true };
}

export async function checkRuleEnabled(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
  enabled: boolean,
): Promise<CheckOutcome> {
  const key = ruleOf(input);
  if (!key.ok) return { kind: 'unknown', message: key.failure.message };
  const list = await listInboxRules(graph, context, key.mailbox);
  if (!list.ok) return { kind: 'unknown', message: list.failure.message };
  const rule = list.rules.find((each) => each.id === key.ruleId);
  if (rule === undefined) return { kind: 'unknown', message: 'The mailbox has no such rule any more.' };
  if (rule.enabled !== enabled) return { kind: 'absent', shows: { enabled: rule.enabled } };
  return { kind: 'present', outputs: ruleOutputs(rule, enabled) };
}

function ruleOutputs(rule: InboxRule, enabled: boolean): JsonObject {
  return { enabled, name: rule.name };
}
