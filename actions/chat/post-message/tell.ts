import type { ActionContext, ActionOutcome, Notice } from '../../../engine/core/contracts/action.ts';
import { buildCard } from './build-card.ts';
import { postCard } from './perform.ts';

/**
 * A question for a channel, or for the person whose user principal name it is. A card from a webhook posts no
 * answer back, so its one button opens the page on which people decide.
 */
export async function tellChat(
  context: ActionContext,
  { to, title, lines, link }: Notice,
): Promise<ActionOutcome> {
  const destination = to.includes('@') ? { user: to } : { channel: to };
  const card = buildCard([title, ...lines].join('\n'), { title: 'Open the question', url: link });
  return await postCard(context, destination, card);
}
