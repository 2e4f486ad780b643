import { Lexer } from 'yaml';
import type { Json } from '../../../schemas/json.ts';
import { isJsonObject } from '../../../schemas/json.ts';
import { unwrapExpression } from '../expression/parse-template.ts';
import type { Shape } from './shape.ts';

/**
 * Whether formatting changed only what it may: the order of known keys and `${{ }}` around expressions.
 * The order of keys that authors name stays, because variables are evaluated and outputs shown in it.
 */
export function sameMeaning(before: Json, after: Json, shape: Shape): boolean {
  if (Array.isArray(before)) {
    return (
      Array.isArray(after) &&
      before.length === after.length &&
      before.every((item, at) => sameMeaning(item, after[at] ?? null, shape.item()))
    );
  }
  if (isJsonObject(before)) {
    if (!isJsonObject(after)) return false;
    const keys = Object.keys(before);
    const others = Object.keys(after);
    const sameKeys =
      keys.length === others.length &&
      keys.every((key, at) => (shape.keys.length === 0 ? others[at] === key : Object.hasOwn(after, key)));
    return (
      sameKeys && keys.every((key) => sameMeaning(before[key] ?? null, after[key] ?? null, shape.child(key)))
    );
  }
  return Object.is(shape.isExpression ? bare(before) : before, shape.isExpression ? bare(after) : after);
}

function bare(value: Json): Json {
  return typeof value === 'string' ? unwrapExpression(value).expr : value;
}

/** The comments of a file, sorted: none may be lost and none may be invented. */
export function commentsOf(text: string): string[] {
  const comments: string[] = [];
  let previous = '';
  for (const lexeme of new Lexer().lex(text)) {
    // U+001F announces a scalar, whose text may begin with a hash.
    if (lexeme.startsWith('#') && previous !== '\u001f') comments.push(lexeme.trimEnd());
    previous = lexeme;
  }
  return comments.sort();
}
