import { ExpressionError } from './expression-error.ts';
import type { Pattern } from './functions/compile-pattern.ts';
import { toDouble, toDuration, toInt, toTimestamp } from './functions/strict-conversions.ts';
import { isZonedPart, zonedPart } from './functions/zoned-part.ts';
import type { Meter } from './meter.ts';
import type { Node } from './syntax.ts';

/** Evaluates one node of the tree; given by the library while it runs. */
export type Run = (node: Node) => unknown;

/**
 * Calls that we evaluate ourselves, in place of the library:
 *
 * - `now()` needs the time of the evaluation, `re_match` its pattern compiled beforehand;
 * - `int`, `double`, `timestamp` and `duration` read text too generously there (`strict-conversions.ts`);
 * - parts of a timestamp in a time zone depend on the machine there (`zoned-part.ts`);
 * - `join` can multiply a long list by a long separator, so it is charged before it is done.
 *
 * @returns undefined if the library evaluates this node
 */
export function replacementFor(
  node: Node,
  meter: Meter,
  patterns: ReadonlyMap<Node, Pattern>,
): ((run: Run) => unknown) | undefined {
  if (node.op === 'call') {
    const [name, args] = node.args;
    return replacedFunction(name, args, node, meter, patterns);
  }
  if (node.op === 'rcall') {
    const [name, receiver, args] = node.args;
    return replacedMethod(name, receiver, args, meter);
  }
  return undefined;
}

function replacedFunction(
  name: string,
  args: readonly Node[],
  node: Node,
  meter: Meter,
  patterns: ReadonlyMap<Node, Pattern>,
): ((run: Run) => unknown) | undefined {
  const [first] = args;
  if (first === undefined) return name === 'now' ? () => new Date(meter.nowMs) : undefined;
  if (name === 're_match') {
    const pattern = patterns.get(node);
    return pattern && ((run) => matchPattern(run(first), pattern, meter));
  }
  const convert = { int: toInt, double: toDouble, timestamp: toTimestamp, duration: toDuration };
  if (args.length !== 1 || !Object.hasOwn(convert, name)) return undefined;
  const conversion = convert[name as keyof typeof convert];
  return (run) => conversion(run(first));
}

function matchPattern(text: unknown, pattern: Pattern, meter: Meter): boolean {
  if (typeof text !== 'string') throw new ExpressionError('re_match() needs text');
  meter.charge(pattern.cost(text.length));
  return pattern.test(text);
}

function replacedMethod(
  name: string,
  receiver: Node,
  args: readonly Node[],
  meter: Meter,
): ((run: Run) => unknown) | undefined {
  const [first] = args;
  if (name === 'join' && args.length <= 1) {
    return (run) => join(run(receiver), first === undefined ? '' : run(first), meter);
  }
  if (!isZonedPart(name) || args.length > 1 || (first === undefined && name !== 'getDayOfYear'))
    return undefined;
  return (run) => {
    const time = run(receiver);
    const zone = first === undefined ? 'UTC' : run(first);
    if (!(time instanceof Date) || typeof zone !== 'string') {
      throw new ExpressionError(`.${name}(zone) needs a timestamp and the name of a time zone`);
    }
    // Building a formatter costs about 50 µs.
    meter.charge(1_000);
    return zonedPart(time, name, zone);
  };
}

function join(list: unknown, separator: unknown, meter: Meter): string {
  if (!Array.isArray(list) || typeof separator !== 'string')
    throw new ExpressionError('.join() needs a list and text');
  let characters = list.length * separator.length;
  for (const item of list) {
    if (typeof item !== 'string')
      throw new ExpressionError('.join() needs a list of text; map the items with string(x)');
    characters += item.length;
  }
  meter.charge(list.length / 8 + characters / 64);
  return list.join(separator);
}
