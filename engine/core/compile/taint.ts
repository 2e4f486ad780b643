import type { Reference } from '../expression/references.ts';
import { textFlow } from '../expression/text-flow.ts';
import type { CheckedSite } from './checked-site.ts';
import { isTaintedOutput } from './child-taint.ts';
import type { CompileContext } from './context.ts';
import { inputSchema } from './input-schema.ts';
import { type Body, findStep, type StepSite } from './outline.ts';
import { mapField, scalarField, textField } from './source-node.ts';

/*
 * Where text from outside goes (T10): from alerts, signals and untrusted outputs through inputs,
 * variables, loops, children and outputs. Asked for one kind of sink at a time, because what its
 * encoder made harmless for one is not harmless for another. What is not known counts as coming from
 * outside.
 */

type Key = string | number | undefined;

export class Taint {
  readonly #context: CompileContext;
  readonly #encoder: string | null;
  /** Sites under way: a variable that is set from itself is not tainted by that. */
  readonly #open = new Set<CheckedSite>();

  /** @param encoder the function that makes a text harmless at the sink; null: none does */
  constructor(context: CompileContext, encoder: string | null) {
    this.#context = context;
    this.#encoder = encoder;
  }

  /** The first value in an expression that brings text from outside into its result. */
  from(site: CheckedSite): Reference | undefined {
    if (withoutText.has(site.result.type.t) || this.#open.has(site)) return undefined;
    this.#open.add(site);
    const found = textFlow(site.expr, this.#encoder).find((reference) => this.#isOutside(reference, site));
    this.#open.delete(site);
    return found;
  }

  #isOutside({ root, path }: Reference, site: CheckedSite): boolean {
    const [first] = path;
    switch (root) {
      case 'run':
      case 'index':
        return false;
      case 'inputs':
        return this.#isFreeInput(first);
      case 'vars':
        return (
          this.#isAnyTainted(typeof first === 'string' ? `/vars/${first}` : '/vars') || this.#isSet(first)
        );
      case 'steps':
        return this.#isStepOutside(
          typeof first === 'string' ? findStep(first, site.body) : undefined,
          path.slice(1),
        );
      case 'failure':
        return first !== 'code' && first !== 'kind' && first !== 'step';
      default: {
        const loop = loopOf(root, site);
        return loop === undefined || this.#isAnyTainted(`${loop.node.path}/foreach`);
      }
    }
  }

  /**
   * Whoever fills it: a trigger from the alert, a caller from anything, a person by hand. Only a type
   * without text, or a list of words, keeps it from carrying some.
   */
  #isFreeInput(name: Key): boolean {
    const declared = mapField(this.#context.source.root, 'inputs')?.fields.get(String(name));
    const { type, enum: words } = declared ? inputSchema(declared.value) : {};
    return !['integer', 'number', 'boolean'].includes(String(type)) && !Array.isArray(words);
  }

  #isSet(name: Key): boolean {
    return this.#context.outline.all.some(
      ({ kind, node }) =>
        kind === 'set' &&
        this.#isAnyTainted(name === undefined ? `${node.path}/set` : `${node.path}/set/${name}`),
    );
  }

  /** Whether an expression at this place of the file, or below it, is tainted. */
  #isAnyTainted(pointer: string): boolean {
    return this.#context.expressions.some(
      (site) =>
        (site.scalar.path === pointer || site.scalar.path.startsWith(`${pointer}/`)) &&
        this.from(site) !== undefined,
    );
  }

  #isStepOutside(step: StepSite | undefined, rest: readonly Key[]): boolean {
    if (step === undefined) return true;
    const [part, key] = rest;
    switch (part) {
      case 'status':
      case 'attempts':
      case 'started_at':
      case 'finished_at':
      case 'summary':
      case 'branches':
        return false;
      case 'approval':
        return key !== 'outcome' && key !== 'decided_at';
      case 'denial':
        return key !== 'by';
      case 'failure':
        return key !== 'code' && key !== 'kind';
      case 'outputs':
        return this.#isOutputOutside(step, rest.slice(1));
      case 'items':
        return this.#isItemOutside(step, rest.slice(1));
      case 'collected':
        return this.#isAnyTainted(`${step.node.path}/collect`);
      default:
        return true;
    }
  }

  #isOutputOutside(step: StepSite, [key, ...rest]: readonly Key[]): boolean {
    const { manifests, children } = this.#context;
    switch (step.kind) {
      case 'action': {
        const manifest = manifests.get(step);
        const untrusted = manifest?.untrusted ?? [];
        if (manifest === undefined) return true;
        return key === undefined ? untrusted.length > 0 : untrusted.includes(String(key));
      }
      case 'call': {
        const child = children.get(step);
        if (scalarField(step.node, 'attach')?.value === false) return false;
        return child === undefined || isTaintedOutput(child.plan, key);
      }
      case 'wait':
        return key !== 'timed_out';
      case 'repeat':
        return key !== 'last' || this.#isBodyOutside(step.inner, rest);
      default:
        // The others have no outputs, or the name of a case that the author wrote.
        return false;
    }
  }

  /** `items`, `items[0].key`, `items[0].outputs.look_up.name`. */
  #isItemOutside(step: StepSite, [index, part, ...rest]: readonly Key[]): boolean {
    const isKeyOutside = () =>
      this.#isAnyTainted(`${step.node.path}/key`) || this.#isAnyTainted(`${step.node.path}/foreach`);
    if (index !== undefined && part === 'status') return false;
    if (index !== undefined && part === 'key') return isKeyOutside();
    if (index !== undefined && part === 'outputs') return this.#isBodyOutside(step.inner, rest);
    return isKeyOutside() || this.#isBodyOutside(step.inner, []);
  }

  #isBodyOutside(body: Body | null, [id, ...rest]: readonly Key[]): boolean {
    const inner = [...(body?.byId ?? [])].filter(([name]) => id === undefined || name === id);
    return inner.some(([, step]) => this.#isOutputOutside(step, rest));
  }
}

/** The loop whose element has this name where an expression stands. */
function loopOf(name: string, { step, body }: CheckedSite): StepSite | undefined {
  const around = step?.kind === 'foreach' ? [step] : [];
  for (let at: Body | null = body; at; at = at.outer) if (at.owner) around.push(at.owner);
  return around.find((loop) => loop.kind === 'foreach' && (textField(loop.node, 'as') ?? 'item') === name);
}

const withoutText: ReadonlySet<string> = new Set(['int', 'double', 'bool', 'null', 'timestamp', 'duration']);
