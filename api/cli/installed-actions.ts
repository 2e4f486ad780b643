import { createRegistry } from '../../actions/registry.ts';
import type { ActionRegistry } from '../../engine/core/contracts/action.ts';
import { readVariable } from '../process/config.ts';
import { readInstalled } from '../process/read-installed.ts';
import { CliError, exitCodes } from './cli-error.ts';

/**
 * The actions that playbooks are checked against: the catalogue, and the endpoints of the operator's own systems where
 * `RIPOSTE_CONNECTIONS` names them. Secrets are not read.
 *
 * @throws CliError when that file, or one that it names, is not as it should be
 */
export function installedActions(): ActionRegistry {
  const path = readVariable('RIPOSTE_CONNECTIONS')?.trim() ?? '';
  if (path === '') return createRegistry();
  const installed = readInstalled(path);
  if ('write' in installed)
    throw new CliError(exitCodes.usage, `RIPOSTE_CONNECTIONS: write ${installed.write}`);
  return createRegistry(installed.value.httpSystems);
}
