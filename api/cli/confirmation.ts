import type { JsonObject } from '../../schemas/json.ts';
import { at } from './print.ts';
import { oneLine } from './server-text.ts';

/**
 * What a person has to type, and what they are asked. Eradicating asks for the target's name: a
 * habit can answer "yes", it cannot answer a name. Anything but that exact word is a no.
 */
export function confirmationOf(
  decision: 'approve' | 'deny',
  approval: JsonObject,
): { question: string; expected: string } {
  if (decision === 'approve' && approval.class === 'eradicate') {
    const targets = at(approval.card, 'targets');
    const first = Array.isArray(targets) ? targets[0] : undefined;
    const expected = String(at(first, 'name') ?? at(first, 'id') ?? 'eradicate');
    return {
      expected,
      question: `This cannot be taken back. Type the target's name, ${oneLine(expected)}, to approve: `,
    };
  }
  return { expected: 'yes', question: `${decision === 'approve' ? 'Approve' : 'Deny'} this? Type yes: ` };
}
