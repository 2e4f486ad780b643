import { didYouMean, type Suggestion } from '../diagnostics/fix.ts';
import { keyAt, type SourceMap } from './source-node.ts';

/** Another name for a key of a map. Where the map has that one too, a person has to say which is right. */
export function renameKey(
  map: SourceMap,
  key: string,
  meant: string | null,
  text: string,
  otherwise?: string,
): Suggestion {
  const suggested = didYouMean(meant, keyAt(map, key), key, text, otherwise);
  if (meant === null || !map.fields.has(meant) || suggested.help === undefined) return suggested;
  return { help: suggested.help };
}
