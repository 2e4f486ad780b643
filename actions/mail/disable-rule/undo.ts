import type { Inverse } from '../../../engine/core/contracts/action.ts';

export const undo: Inverse = { kind: 'action', action: 'mail.enable-rule', arguments: { rule: 'rule' } };
