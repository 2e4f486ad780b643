import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { AddressRefused } from '../../core/contracts/ports.ts';
import type { AddressRules } from './address-rules.ts';

/**
 * Resolves a name for a socket and judges every answer, at the moment of connecting: the socket
 * then uses exactly the judged addresses, so a name cannot change its mind in between (DNS
 * rebinding). One forbidden answer refuses them all: a mixed answer is an attack or a mistake.
 */
export function guardedLookup(
  rules: AddressRules,
  origin: URL,
  resolve: typeof lookup = lookup,
): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, answers) => {
      if (error !== null) return callback(error, '');
      for (const answer of answers) {
        const objection = rules.judgeAddress(answer.address, origin);
        if (objection !== null) return callback(new AddressRefused(objection), '');
      }
      const first = answers[0];
      if (first === undefined) return callback(new Error(`No address for ${hostname}.`), '');
      if (options.all === true) return callback(null, answers);
      callback(null, first.address, first.family);
    });
  };
}
