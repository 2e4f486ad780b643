import type { JsonObject } from '../../../schemas/json.ts';
import { isJsonObject } from '../../../schemas/json.ts';
import type { Problem } from '../diagnostics/diagnostic.ts';
import type { WantedType } from '../expression/check-expression.ts';
import type { FlowState } from './flow.ts';
import type { Names } from './names.ts';
import type { Body, StepSite } from './outline.ts';
import { readExpression, readTemplate, type WrittenExpression } from './read-template.ts';
import { type Sink, sinkOf } from './sink-of.ts';
import type { SourceNode } from './source-node.ts';

/** An expression, what it can see and what it must give. */
export interface ExpressionSite extends WrittenExpression {
  names: Names;
  /** Steps that can be named here; null where there are none yet. */
  state: FlowState | null;
  want: WantedType | null;
  /** A condition that should not be constant. */
  condition: boolean;
  /** The schema of the argument this is the whole value of. */
  argument: { name: string; schema: JsonObject } | null;
  /** Set where the target of an action interprets the text (`x-sink`): the argument, and what reads it. */
  sink: Sink | null;
  step: StepSite | null;
  /** Whose step ids are meant. */
  body: Body;
}

export interface Place {
  names: Names;
  state: FlowState | null;
  step: StepSite | null;
  body: Body;
}

/** Collects the expressions of one file, with the problems of its templates. */
export class SiteCollector {
  readonly sites: ExpressionSite[] = [];
  readonly problems: Problem[] = [];
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  expression(node: SourceNode | undefined, place: Place, want: WantedType): ExpressionSite | null {
    const written = node?.kind === 'scalar' ? readExpression(node) : null;
    if (!written) return null;
    const site = { ...written, ...place, want, condition: want === 'bool', argument: null, sink: null };
    this.sites.push(site);
    return site;
  }

  template(node: SourceNode | undefined, place: Place, want: WantedType | null = null): ExpressionSite[] {
    if (!node) return [];
    const { expressions, problems } = readTemplate(node, this.#text);
    this.problems.push(...problems);
    const sites = expressions.map((written) => ({
      ...written,
      ...place,
      want: written.joined ? null : want,
      condition: false,
      argument: null,
      sink: null,
    }));
    this.sites.push(...sites);
    return sites;
  }

  /** `with`: each whole-value expression is compared with the argument's schema. */
  arguments(node: SourceNode | undefined, place: Place, input: JsonObject | undefined): void {
    if (node?.kind !== 'map') return;
    const properties = isJsonObject(input?.properties) ? input.properties : {};
    for (const { key, value } of node.fields.values()) {
      const schema = properties[key];
      for (const site of this.template(value, place)) {
        if (isJsonObject(schema) && site.scalar === value) site.argument = { name: key, schema };
        site.sink = sinkOf(key, schema, site.scalar.path.slice(value.path.length));
      }
    }
  }
}
