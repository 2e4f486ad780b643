import type { ActionContext, ActionOutcome } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { failed } from '../../client/fail.ts';
import type { VendorApi } from '../../client/vendor-api.ts';
import { type InboxRule, listInboxRules } from '../client/inbox-rule.ts';
import { domainOf, judgeRule, type Sign } from '../client/judge-rule.ts';
import { mailboxOf, ruleKey } from '../client/rule-key.ts';

export async function performListRules(
  graph: VendorApi,
  context: ActionContext,
  input: JsonObject,
): Promise<ActionOutcome> {
  const owner = mailboxOf(input);
  if (!owner.ok) return failed(owner.failure);
  const list = await listInboxRules(graph, context, owner.mailbox);
  if (!list.ok) return failed(list.failure);
  const own = Array.isArray(input.own_domains) ? input.own_domains : [];
  const ownDomains = new Set([domainOf(owner.mailbox), ...own.map((name) => String(name).toLowerCase())]);
  const judged = list.rules.map((rule) => ({ rule, signs: judgeRule(rule, ownDomains) }));
  const acting = judged.filter(({ rule, signs }) => rule.enabled && signs.length > 0);
  const show = ({ rule, signs }: Judged) => showRule(owner.mailbox, rule, signs);
  return {
    kind: 'succeeded',
    outputs: {
      rules: judged.map(show),
      suspicious: acting.filter(({ rule }) => !rule.readOnly).map(show),
      beyond_reach: acting.filter(({ rule }) => rule.readOnly).length,
    },
    changed: false,
  };
}

interface Judged {
  rule: InboxRule;
  signs: Sign[];
}

function showRule(mailbox: string, rule: InboxRule, signs: Sign[]): JsonObject {
  return {
    rule: ruleKey(mailbox, rule.id),
    name: rule.name,
    enabled: rule.enabled,
    read_only: rule.readOnly,
    sends_to: rule.sendsTo,
    signs,
  };
}
