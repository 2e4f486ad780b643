import type { Template } from '../contracts/template.ts';

/** Every expression of a template, in the order it is written. */
export function expressionsOf(template: Template): string[] {
  switch (template.t) {
    case 'literal':
      return [];
    case 'expr':
      return [template.expr];
    case 'text':
      return template.parts.flatMap((part) => (typeof part === 'string' ? [] : [part.expr]));
    case 'list':
      return template.items.flatMap(expressionsOf);
    case 'map':
      return Object.values(template.fields).flatMap(expressionsOf);
  }
}
