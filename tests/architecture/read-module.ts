import { parseAst } from 'vitest/node';

/*
 * One source file → what it imports, with a real parser, so that comments, strings and regular
 * expressions that look like imports are none. The parser is the one vitest brings: the
 * `typescript` package in use is the native compiler and has no light one.
 */

export interface Import {
  /** Null: computed at run time, so nobody can say what it loads. */
  specifier: string | null;
  line: number;
  /** `type`: gone at run time, and still a dependency of whoever reads the file. */
  kind: 'value' | 'type';
  how: 'import' | 'export' | 'dynamic' | 'type-expression' | 'require' | 'url' | 'augmentation';
  /** Names as the other file exports them; `*` for all of it, `default` for its default. */
  names: string[];
}

/** A node of the syntax tree as ESTree and TS-ESTree name it. */
export interface SyntaxNode {
  type: string;
  start: number;
  [field: string]: unknown;
}

export interface Module {
  path: string;
  text: string;
  program: SyntaxNode;
  imports: Import[];
  lineOf(node: SyntaxNode): number;
}

const languages: { [extension: string]: 'ts' | 'tsx' | 'jsx' } = {
  ts: 'ts',
  mts: 'ts',
  cts: 'ts',
  tsx: 'tsx',
  js: 'jsx',
  mjs: 'jsx',
  cjs: 'jsx',
  jsx: 'jsx',
};

export function isCode(path: string): boolean {
  return languageOf(path) !== undefined;
}

/** Throws on text that is no TypeScript. */
export function readModule(path: string, text: string): Module {
  const program: unknown = parseAst(text, { lang: languageOf(path) ?? 'ts' });
  if (!isNode(program)) throw new Error(`${path}: the parser gave no syntax tree`);
  const lineOf = (node: SyntaxNode) => text.slice(0, node.start).split('\n').length;
  const imports: Import[] = [];
  walk(program, (node) => {
    const found = importOf(node);
    if (found !== null) imports.push({ ...found, line: lineOf(node) });
  });
  return { path, text, program, imports, lineOf };
}

function languageOf(path: string): 'ts' | 'tsx' | 'jsx' | undefined {
  return languages[path.slice(path.lastIndexOf('.') + 1)];
}

function importOf(node: SyntaxNode): Omit<Import, 'line'> | null {
  switch (node.type) {
    case 'ImportDeclaration':
      return { ...named(node, 'importKind', 'imported'), how: 'import' };
    case 'ExportNamedDeclaration':
      if (!isNode(node.source)) return null;
      return { ...named(node, 'exportKind', 'local'), how: 'export' };
    case 'ExportAllDeclaration':
      return { ...named(node, 'exportKind', 'local'), how: 'export', names: ['*'] };
    case 'ImportExpression':
      return { specifier: textOf(node.source), kind: 'value', how: 'dynamic', names: ['*'] };
    case 'TSImportType':
      return {
        specifier: textOf(node.source ?? node.argument),
        kind: 'type',
        how: 'type-expression',
        names: ['*'],
      };
    case 'TSExternalModuleReference':
      return { specifier: textOf(node.expression), kind: 'value', how: 'require', names: ['*'] };
    case 'CallExpression':
      if (!isIdentifier(node.callee, 'require')) return null;
      return { specifier: textOf(listOf(node.arguments)[0]), kind: 'value', how: 'require', names: ['*'] };
    case 'TSModuleDeclaration':
      if (!isNode(node.id) || node.id.type !== 'Literal') return null;
      return { specifier: textOf(node.id), kind: 'type', how: 'augmentation', names: ['*'] };
    case 'NewExpression':
      return urlOf(node);
    default:
      return null;
  }
}

function named(node: SyntaxNode, kind: string, name: string): Pick<Import, 'specifier' | 'kind' | 'names'> {
  const names = listOf(node.specifiers).map((each) => {
    if (each.type === 'ImportNamespaceSpecifier') return '*';
    if (each.type === 'ImportDefaultSpecifier') return 'default';
    const original = each[name];
    return isNode(original) ? String(original.name ?? original.value) : '*';
  });
  return { specifier: textOf(node.source), kind: node[kind] === 'type' ? 'type' : 'value', names };
}

/** `new URL('./worker.ts', import.meta.url)`: how threads and child processes are pointed at a file. */
function urlOf(node: SyntaxNode): Omit<Import, 'line'> | null {
  if (!isIdentifier(node.callee, 'URL')) return null;
  const [address, base] = listOf(node.arguments);
  const specifier = textOf(address);
  const here = isNode(base) && base.type === 'MemberExpression' && isNode(base.object);
  if (!here || (base.object as SyntaxNode).type !== 'MetaProperty') return null;
  return specifier !== null && isCode(specifier)
    ? { specifier, kind: 'value', how: 'url', names: ['*'] }
    : null;
}

/** The text of a literal, or of a template without holes. */
export function textOf(node: unknown): string | null {
  if (!isNode(node)) return null;
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : null;
  if (node.type === 'TSLiteralType') return textOf(node.literal);
  if (node.type !== 'TemplateLiteral' || listOf(node.expressions).length > 0) return null;
  const value = listOf(node.quasis)[0]?.value;
  return isRecord(value) && typeof value.cooked === 'string' ? value.cooked : null;
}

export function isNode(value: unknown): value is SyntaxNode {
  return isRecord(value) && typeof value.type === 'string' && typeof value.start === 'number';
}

export function isIdentifier(value: unknown, name: string): boolean {
  return isNode(value) && value.type === 'Identifier' && value.name === name;
}

export function listOf(value: unknown): SyntaxNode[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** Every node, parents first. `field` is where in the parent the node stands. */
export function walk(
  node: SyntaxNode,
  visit: (node: SyntaxNode, parent: SyntaxNode | null, field: string) => void,
  parent: SyntaxNode | null = null,
  at = '',
): void {
  visit(node, parent, at);
  for (const [field, value] of Object.entries(node)) {
    if (isNode(value)) walk(value, visit, node, field);
    else for (const each of listOf(value)) walk(each, visit, node, field);
  }
}

function isRecord(value: unknown): value is { [field: string]: unknown } {
  return typeof value === 'object' && value !== null;
}
