import type { Failure } from '../../../engine/core/contracts/action.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import { terminal } from '../../client/fail.ts';
import { textArgument } from '../../client/read-input.ts';

/** The 40-hex id of a machine; action calls take nothing else (facts 3 and 4). */
export function machineIdOf(
  input: JsonObject,
): { ok: true; machineId: string } | { ok: false; failure: Failure } {
  const machineId = textArgument(input, 'host_id').trim().toLowerCase();
  if (/^[0-9a-f]{40}$/.test(machineId)) return { ok: true, machineId };
  return {
    ok: false,
    failure: terminal(
      'invalid-request',
      'host_id must be the 40-digit hexadecimal machine id of Defender for Endpoint.',
    ),
  };
}
