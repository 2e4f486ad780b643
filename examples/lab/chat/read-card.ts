import { BodyRefusal, isObject, parseObject } from '../http/read-strict-body.ts';

/** Elements of an Adaptive Card body; another `type` would show as nothing in the client. */
const elementTypes = new Set([
  'TextBlock',
  'RichTextBlock',
  'FactSet',
  'Image',
  'ImageSet',
  'Media',
  'Container',
  'ColumnSet',
  'Column',
  'Table',
  'ActionSet',
]);

const messageProperties = ['type', 'attachments', 'summary'];
const attachmentProperties = ['contentType', 'contentUrl', 'content'];
const cardProperties = [
  '$schema',
  'type',
  'version',
  'body',
  'actions',
  'fallbackText',
  'lang',
  'minHeight',
  'msteams',
  'rtl',
  'selectAction',
  'speak',
  'verticalContentAlignment',
];

/** The card of a Workflows message and the text that a person reads in it, line by line. */
export function readCard(body: string): { card: object; text: string } {
  const message = parseObject(body);
  only(message, messageProperties, 'the message');
  if (message.type !== 'message') throw new BodyRefusal('invalid', "The message needs the type 'message'.");
  const { attachments } = message;
  if (!Array.isArray(attachments) || attachments.length !== 1 || !isObject(attachments[0])) {
    throw new BodyRefusal('invalid', 'The message needs exactly one attachment.');
  }
  const [attachment] = attachments;
  only(attachment, attachmentProperties, 'the attachment');
  if (attachment.contentType !== 'application/vnd.microsoft.card.adaptive') {
    throw new BodyRefusal('invalid', 'The attachment must be an Adaptive Card.');
  }
  const card = attachment.content;
  if (!isObject(card)) throw new BodyRefusal('missing', 'The attachment has no content.');
  only(card, cardProperties, 'the card');
  if (card.type !== 'AdaptiveCard')
    throw new BodyRefusal('invalid', "The card needs the type 'AdaptiveCard'.");
  if (typeof card.version !== 'string' || !/^1\.\d$/.test(card.version)) {
    throw new BodyRefusal('invalid', "The card needs a version such as '1.4'.");
  }
  if (!Array.isArray(card.body) || card.body.length === 0) {
    throw new BodyRefusal('invalid', 'The card needs a body with at least one element.');
  }
  const lines: string[] = [];
  for (const element of card.body) collect(element, lines, 0);
  if (lines.every((line) => line.trim() === '')) throw new BodyRefusal('invalid', 'The card says nothing.');
  return { card, text: lines.join('\n') };
}

function collect(element: unknown, lines: string[], depth: number): void {
  if (
    !isObject(element) ||
    typeof element.type !== 'string' ||
    !elementTypes.has(element.type) ||
    depth > 20
  ) {
    throw new BodyRefusal('invalid', 'The card has an element that is none.');
  }
  switch (element.type) {
    case 'TextBlock':
      if (typeof element.text !== 'string') throw new BodyRefusal('invalid', 'A TextBlock needs a text.');
      lines.push(element.text);
      break;
    case 'RichTextBlock':
      lines.push(list(element, 'inlines').map(textOfInline).join(''));
      break;
    case 'FactSet':
      for (const fact of list(element, 'facts')) {
        if (!isObject(fact) || typeof fact.title !== 'string' || typeof fact.value !== 'string') {
          throw new BodyRefusal('invalid', 'A fact needs a title and a value.');
        }
        lines.push(`${fact.title}: ${fact.value}`);
      }
      break;
    case 'Container':
    case 'Column':
      for (const item of list(element, 'items')) collect(item, lines, depth + 1);
      break;
    case 'ColumnSet':
      // the type of a column may be left out
      for (const column of list(element, 'columns')) {
        collect(isObject(column) ? { type: 'Column', ...column } : column, lines, depth + 1);
      }
      break;
  }
}

function textOfInline(inline: unknown): string {
  if (typeof inline === 'string') return inline;
  if (isObject(inline) && typeof inline.text === 'string') return inline.text;
  throw new BodyRefusal('invalid', 'An inline needs a text.');
}

function list(element: { [property: string]: unknown }, name: string): unknown[] {
  const value = element[name];
  if (!Array.isArray(value)) throw new BodyRefusal('invalid', `A ${String(element.type)} needs '${name}'.`);
  return value;
}

function only(object: object, known: readonly string[], where: string): void {
  const unknown = Object.keys(object).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new BodyRefusal('unknown', `'${unknown}' does not belong into ${where}.`);
}
