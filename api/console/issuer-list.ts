import { claimWords, type WorkloadRule } from '../../engine/core/identity/workload-rules.ts';
import type { Issuer } from '../../engine/runtime/identity/open-workloads.ts';
import { nameData } from './data.ts';
import { type Html, html } from './html.ts';
import { table } from './table.ts';

/** Who else makes tokens that programs come in with. Nothing of it can be changed here: it is the operator's file. */
export function issuerList(issuers: readonly Issuer[]): Html {
  return html`<h2>Tokens of other issuers</h2>
<p>Programs that come with one of these need no token from here. What they may is in the file that <code>RIPOSTE_ISSUERS</code> names.</p>
${issuers.map(({ issuer, audience, rules }) => html`<h3>${nameData(issuer)}</h3><p>Made out to ${nameData(audience)}.</p>${ruleTable(issuer, rules)}`)}`;
}

function ruleTable(issuer: string, rules: readonly WorkloadRule[]): Html {
  return table<WorkloadRule>(
    `Rules for ${issuer}`,
    [
      { head: 'Rule', cell: ({ name }) => html`<strong>${nameData(name)}</strong>` },
      {
        head: 'Whom it fits',
        cell: ({ claims }) => html`${claims.map((test) => html`<div>${nameData(claimWords(test))}</div>`)}`,
      },
      { head: 'Roles', cell: ({ roles }) => roles.join(', ') },
    ],
    rules,
  );
}
