import type { JsonObject } from '../../../schemas/json.ts';
import { escapeMarkdown } from './escape-markdown.ts';

/** The envelope that a Teams Workflows webhook takes: one Adaptive Card with one block of text, and a button that opens `link`. */
export function buildCard(text: string, link?: { title: string; url: string }): JsonObject {
  return {
    type: 'message',
    attachments: [
      {
        contentType: 'application/vnd.microsoft.card.adaptive',
        content: {
          $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
          type: 'AdaptiveCard',
          version: '1.4',
          body: [{ type: 'TextBlock', text: escapeMarkdown(text), wrap: true }],
          ...(link !== undefined && { actions: [{ type: 'Action.OpenUrl', ...link }] }),
        },
      },
    ],
  };
}
