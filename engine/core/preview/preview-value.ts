import type { Template } from '../contracts/template.ts';
import { masked } from '../identity/mask-values.ts';
import { fill, lookAt, type Sight, showsHidden } from './look-at.ts';
import type { PreviewCondition, PreviewValue } from './preview.ts';

/* Values and conditions in the form in which a dry run shows them. */

export function conditionOf(expr: string, sight: Sight): PreviewCondition {
  const text = expr.trim();
  const seen = lookAt(expr, sight);
  switch (seen.is) {
    case 'open':
      return { text, outcome: 'open', dependsOn: seen.dependsOn, message: '' };
    case 'error':
      return { text, outcome: 'error', dependsOn: [], message: seen.message };
    case 'value':
      return typeof seen.value === 'boolean'
        ? { text, outcome: seen.value ? 'true' : 'false', dependsOn: [], message: '' }
        : { text, outcome: 'error', dependsOn: [], message: 'the result is neither true nor false' };
  }
}

/** A text that fails is shown as the engine would show it; it does not stop anything by itself. */
export function previewValue(name: string, template: Template, sight: Sight): PreviewValue {
  const filled = fill(template, sight);
  switch (filled.is) {
    case 'value':
      return {
        name,
        known: true,
        value: showsHidden(template, sight) ? masked : filled.value,
        dependsOn: [],
      };
    case 'open':
      return { name, known: false, value: filled.written, dependsOn: filled.dependsOn };
    case 'error':
      return { name, known: false, value: `(not available: ${filled.message})`, dependsOn: [] };
  }
}

export function previewValues(fields: { [name: string]: Template }, sight: Sight): PreviewValue[] {
  return Object.entries(fields).map(([name, template]) => previewValue(name, template, sight));
}

/** Why a template certainly cannot be filled; null when it can, or may. */
export function certainError(fields: { [name: string]: Template }, sight: Sight): string | null {
  for (const [name, template] of Object.entries(fields)) {
    const filled = fill(template, sight);
    if (filled.is === 'error') return `${name}: ${filled.message}`;
  }
  return null;
}
