import { objectionToDestination } from '../../approval/destination.ts';
import type { Rule } from '../context.ts';
import { listField, mapField } from '../source-node.ts';

/** Where people are told leads somewhere: a word that something answers to and, where they are known, one connection. */
export const unknownDestination: Rule = ({ source, outline, registry, connections }) => {
  const tellers = new Set(
    [...registry.values()].flatMap(({ key, canTell }) =>
      canTell === true ? [key.split('.')[0] ?? key] : [],
    ),
  );
  const blocks = [
    mapField(mapField(source.root, 'defaults'), 'approval'),
    ...outline.all.map(({ node }) => mapField(node, 'approval')),
  ];
  return blocks
    .flatMap((approval) => listField(approval, 'notify'))
    .flatMap((item) => {
      if (item.kind !== 'scalar' || typeof item.value !== 'string') return [];
      const objection = objectionToDestination(item.value, tellers, connections);
      if (objection === null) return [];
      return [
        {
          code: 'compile/unknown-destination',
          at: item.at,
          path: item.path,
          message: objection,
          help: 'write chat:<channel> or mail:<address>, and configure its connection',
        },
      ];
    });
};
