import type { Suggestion } from '../../diagnostics/fix.ts';
import type { ValueType } from '../../expression/value-type.ts';
import type { CheckedSite } from '../checked-site.ts';
import type { CompileContext } from '../context.ts';
import { expressionSpan } from '../read-template.ts';

type Reference = CheckedSite['result']['references'][number];

/**
 * `.?…orValue()` with an empty value, where that can only change what people read. In a condition, a
 * target or an effect it would be a decision: an `approval.when` that fails asks, and one with a default
 * might not.
 */
export function withDefault(reference: Reference, site: CheckedSite, context: CompileContext): Suggestion {
  if (!isForPeople(site, context) || reference.path.length !== 3) return {};
  const { text } = context.source;
  const empty = emptyOf(typeAt(site.names.types, reference), site.scalar.style === 'double' ? "''" : '""');
  const key = reference.segments[3];
  if (empty === null || key === undefined) return {};
  const whole = expressionSpan(site, reference, text);
  const before = site.expr.slice(reference.start, key.start);
  const name = site.expr.slice(key.start, reference.end);
  // Written with brackets, or over a fold: that is left to a person.
  if (!before.endsWith('.') || text.slice(whole.start, whole.end) !== `${before}${name}`) return {};
  const optional = `${before}?${name}.orValue(${empty})`;
  return { fix: { title: `write ${optional}`, edits: [{ at: whole, text: optional }] } };
}

function isForPeople(site: CheckedSite, { manifests }: CompileContext): boolean {
  if (site.want !== null) return false;
  if (site.step === null) return site.scalar.path.startsWith('/outputs/');
  const inside = site.scalar.path.slice(site.step.node.path.length);
  if (/^\/(approval\/(ask|why|evidence)|undo\/reason|reason|stop\/reason)/.test(inside)) return true;
  const manifest = manifests.get(site.step);
  const argument = /^\/with\/([^/]+)/.exec(inside)?.[1];
  return manifest?.class === 'notify' && argument !== undefined && argument !== manifest.target?.argument;
}

/** What `steps.x.outputs.y` is, as far as it is known. */
function typeAt(types: CheckedSite['names']['types'], { root, path }: Reference): ValueType | undefined {
  let type: ValueType | undefined = types[root];
  for (const key of path)
    type = type?.t === 'map' && Object.hasOwn(type.fields, key) ? type.fields[key] : undefined;
  return type;
}

function emptyOf(type: ValueType | undefined, text: string): string | null {
  switch (type?.t) {
    case 'string':
      return text;
    case 'list':
      return '[]';
    case 'int':
      return '0';
    case 'double':
      return '0.0';
    case 'bool':
      return 'false';
    default:
      return null;
  }
}
