import { Composer, type CST, type Document, Lexer, Parser, YAMLParseError } from 'yaml';
import type { InPieces } from './in-pieces.ts';

/** A few milliseconds of work. */
const lexemesPerPiece = 4_000;

/** As the library's `parseDocument` does it, once over the text and in pieces; directives are told beside. */
export function* parseYaml(
  text: string,
): InPieces<{ directives: CST.Directive[]; document: Document.Parsed }> {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    if (++lexemes % lexemesPerPiece === 0) yield;
  }
  tokens.push(...parser.end());
  yield;
  const directives = tokens.filter((token) => token.type === 'directive');
  let document: Document.Parsed | null = null;
  for (const composed of new Composer(options).compose(tokens, true, text.length)) {
    if (document !== null) {
      const [start, end] = composed.range;
      document.errors.push(
        new YAMLParseError([start, end], 'MULTIPLE_DOCS', 'the text has several documents'),
      );
      break;
    }
    document = composed;
  }
  if (document === null) throw new Error('the library composes one document of every text');
  return { directives, document };
}

const options = {
  version: '1.2',
  // Explicit, because the default schema follows a `%YAML 1.1` line.
  schema: 'core',
  merge: false,
  uniqueKeys: false,
  stringKeys: true,
  resolveKnownTags: false,
  intAsBigInt: true,
  prettyErrors: false,
  // 'silent' would also drop the error for a second document.
  logLevel: 'error',
} as const;
