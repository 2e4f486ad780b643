import type { Template } from '../contracts/template.ts';
import { readDuration } from './read-duration.ts';
import { readExpression, readTemplate } from './read-template.ts';
import {
  type PlaybookSource,
  type SourceMap,
  type SourceNode,
  scalarField,
  textField,
} from './source-node.ts';

/** Milliseconds of a duration under a key; null when there is none. */
export function durationOf(node: SourceNode | undefined, key: string): number | null {
  return readDuration(textField(node, key) ?? '');
}

/** The expression under a key, without a wrapping `${{ }}`; null when there is none. */
export function bareExpression(node: SourceNode | undefined, key: string): string | null {
  const scalar = scalarField(node, key);
  return scalar ? (readExpression(scalar)?.expr ?? null) : null;
}

export function templateOf(node: SourceNode, source: PlaybookSource): Template {
  return readTemplate(node, source.text).template;
}

export function templateMap(
  node: SourceMap | undefined,
  source: PlaybookSource,
): { [name: string]: Template } {
  return Object.fromEntries(
    [...(node?.fields.values() ?? [])].map(({ key, value }) => [key, templateOf(value, source)]),
  );
}

export function wholeNumber(node: SourceNode | undefined, key: string): number | null {
  const value = scalarField(node, key)?.value;
  return typeof value === 'number' ? value : null;
}
