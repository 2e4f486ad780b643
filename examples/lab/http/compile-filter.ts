/** A field that the documents allow in `$filter`, and how a row answers for it. */
export interface FilterField<Row> {
  /** `folded`: text compared without case, for mail addresses. `texts`: only with `any`. */
  kind: 'text' | 'folded' | 'number' | 'instant' | 'texts';
  read(row: Row): string | number | string[] | null;
}

export interface FilterDialect<Row> {
  fields: { [name: string]: FilterField<Row> };
  operators: readonly Operator[];
  /** Whether `or` and parentheses are documented. */
  or: boolean;
}

export interface CompiledFilter<Row> {
  test(row: Row): boolean;
  /** Fields that must equal a text for the whole filter to hold: an index may be asked first. */
  pinned: Map<string, string>;
}

export type Operator = 'eq' | 'ne' | 'gt' | 'ge' | 'lt' | 'le';

export class FilterFault extends Error {
  override name = 'FilterFault';
}

/** Filters are short; this bounds the recursion on garbage such as ten thousand parentheses. */
const lengthMax = 8000;
const depthMax = 50;

const token =
  /\s*(?:(?<quoted>'(?:[^']|'')*')|(?<instant>\d{4}-\d\d-\d\dT[\d:.]+Z)|(?<number>-?\d+(?:\.\d+)?)(?![\w-])|(?<word>[A-Za-z_][\w/]*)|(?<mark>[(),:]))/y;

interface Token {
  kind: 'quoted' | 'instant' | 'number' | 'word' | 'mark';
  text: string;
}

type Test<Row> = (row: Row) => boolean;

/**
 * The part of OData `$filter` that the documents show: comparisons joined by `and` and `or`, with
 * parentheses, and `any` over a collection. Whatever else is sent is a `FilterFault`.
 */
export function compileFilter<Row>(source: string, dialect: FilterDialect<Row>): CompiledFilter<Row> {
  const tokens = tokenize(source);
  const pinned = new Map<string, string>();
  let at = 0;
  let depth = 0;
  /** Within an `or`, no single comparison has to hold. */
  let alternatives = 0;

  const peek = () => tokens[at];
  function take(): Token {
    const next = tokens[at];
    if (next === undefined) throw new FilterFault('The filter ends too early.');
    at += 1;
    return next;
  }
  function expect(mark: string): void {
    const next = take();
    if (next.text !== mark) throw new FilterFault(`Expected '${mark}' instead of '${next.text}'.`);
  }
  function isWord(word: string): boolean {
    return peek()?.kind === 'word' && peek()?.text === word;
  }

  function parseOr(): Test<Row> {
    depth += 1;
    if (depth > depthMax) throw new FilterFault('The filter is nested too deeply.');
    const pinnedBefore = [...pinned];
    const tests = [parseAnd()];
    while (isWord('or')) {
      if (!dialect.or) throw new FilterFault("Only 'and' is supported here.");
      take();
      // what the first alternative asked for need not hold after all
      pinned.clear();
      for (const [name, wanted] of pinnedBefore) pinned.set(name, wanted);
      alternatives += 1;
      tests.push(parseAnd());
      alternatives -= 1;
    }
    depth -= 1;
    const [only] = tests;
    return tests.length === 1 && only !== undefined ? only : (row) => tests.some((test) => test(row));
  }

  function parseAnd(): Test<Row> {
    const tests = [parseTerm()];
    while (isWord('and')) {
      take();
      tests.push(parseTerm());
    }
    const [only] = tests;
    return tests.length === 1 && only !== undefined ? only : (row) => tests.every((test) => test(row));
  }

  function parseTerm(): Test<Row> {
    const next = take();
    if (next.text === '(' && next.kind === 'mark') {
      if (!dialect.or) throw new FilterFault('Parentheses are not supported here.');
      const inner = parseOr();
      expect(')');
      return inner;
    }
    if (next.kind !== 'word') throw new FilterFault(`Expected a property instead of '${next.text}'.`);
    if (next.text.endsWith('/any')) return parseAny(next.text.slice(0, -'/any'.length));
    const name = next.text;
    const field = fieldOf(name);
    if (field.kind === 'texts') throw new FilterFault(`'${name}' is a collection: use any().`);
    const operator = parseOperator();
    return compare(name, field, operator, take());
  }

  /** `machineTags/any(tag: tag eq 'x')` or `…any(tag: startswith(tag, 'x'))`. */
  function parseAny(name: string): Test<Row> {
    const field = fieldOf(name);
    if (field.kind !== 'texts') throw new FilterFault(`'${name}' is not a collection.`);
    expect('(');
    const variable = take().text;
    expect(':');
    const first = take().text;
    let test: (item: string) => boolean;
    if (first === 'startswith') {
      expect('(');
      expect(variable);
      expect(',');
      const prefix = textLiteral(take());
      expect(')');
      test = (item) => item.startsWith(prefix);
    } else if (first === variable) {
      expect('eq');
      const wanted = textLiteral(take());
      test = (item) => item === wanted;
    } else {
      throw new FilterFault(`'${first}' is not the variable '${variable}'.`);
    }
    expect(')');
    return (row) => {
      const items = field.read(row);
      return Array.isArray(items) && items.some(test);
    };
  }

  function fieldOf(name: string): FilterField<Row> {
    const field = Object.hasOwn(dialect.fields, name) ? dialect.fields[name] : undefined;
    if (field === undefined) throw new FilterFault(`The property '${name}' cannot be used in a filter.`);
    return field;
  }

  function parseOperator(): Operator {
    const next = take();
    const operator = dialect.operators.find((known) => known === next.text);
    if (operator === undefined) throw new FilterFault(`The operator '${next.text}' is not supported.`);
    return operator;
  }

  function compare(name: string, field: FilterField<Row>, operator: Operator, literal: Token): Test<Row> {
    if (literal.kind === 'word' && literal.text === 'null') {
      if (operator !== 'eq' && operator !== 'ne') throw new FilterFault('null can only be equal or not.');
      return (row) => (field.read(row) === null) === (operator === 'eq');
    }
    const wanted = literalValue(name, field, literal);
    if (operator === 'eq' && alternatives === 0 && field.kind === 'text') pinned.set(name, String(wanted));
    return (row) => {
      const value = comparable(field, field.read(row));
      return value !== null && holds(operator, value, wanted);
    };
  }

  const test = parseOr();
  const rest = peek();
  if (rest !== undefined) throw new FilterFault(`Unexpected '${rest.text}'.`);
  return { test, pinned };
}

function tokenize(source: string): Token[] {
  if (source.length > lengthMax) throw new FilterFault('The filter is too long.');
  const tokens: Token[] = [];
  const end = source.trimEnd().length;
  token.lastIndex = 0;
  while (token.lastIndex < end) {
    const from = token.lastIndex;
    const groups = token.exec(source)?.groups;
    if (groups === undefined) throw new FilterFault(`Cannot read the filter from character ${from + 1} on.`);
    for (const kind of ['quoted', 'instant', 'number', 'word', 'mark'] as const) {
      const found = groups[kind];
      if (found !== undefined) tokens.push({ kind, text: found });
    }
  }
  return tokens;
}

function textLiteral(literal: Token): string {
  if (literal.kind !== 'quoted') throw new FilterFault(`'${literal.text}' must be quoted.`);
  return literal.text.slice(1, -1).replaceAll("''", "'");
}

function literalValue<Row>(name: string, field: FilterField<Row>, literal: Token): string | number {
  switch (field.kind) {
    case 'number':
      if (literal.kind !== 'number') throw new FilterFault(`'${name}' is compared with a number.`);
      return Number(literal.text);
    case 'instant': {
      const ms = literal.kind === 'instant' ? Date.parse(literal.text) : Number.NaN;
      if (Number.isNaN(ms))
        throw new FilterFault(`'${name}' is compared with a time such as 2026-11-20T10:00:00Z.`);
      return ms;
    }
    case 'folded':
      return textLiteral(literal).toLowerCase();
    default:
      return textLiteral(literal);
  }
}

function comparable<Row>(
  field: FilterField<Row>,
  value: string | number | string[] | null,
): string | number | null {
  if (value === null || Array.isArray(value)) return null;
  if (field.kind === 'folded' && typeof value === 'string') return value.toLowerCase();
  return field.kind === 'instant' && typeof value === 'string' ? Date.parse(value) : value;
}

function holds(operator: Operator, value: string | number, wanted: string | number): boolean {
  switch (operator) {
    case 'eq':
      return value === wanted;
    case 'ne':
      return value !== wanted;
    case 'gt':
      return value > wanted;
    case 'ge':
      return value >= wanted;
    case 'lt':
      return value < wanted;
    case 'le':
      return value <= wanted;
  }
}
