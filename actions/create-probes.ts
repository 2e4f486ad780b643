import type { Probe, ProbeRegistry } from '../engine/core/contracts/probe.ts';
import { odataText } from './client/odata-text.ts';
import { query } from './client/path.ts';
import { type Harmless, probeMicrosoft } from './client/probe-microsoft.ts';
import { probeImap } from './imap/client/probe.ts';
import { probeLdap } from './ldap/client/probe-ldap.ts';

/** Nobody has it: whoever may look says that it is not there. */
const noId = '00000000-0000-0000-0000-000000000000';

const oneDevice: Harmless = { what: 'read one device', path: () => '/api/machines?$top=1' };
const oneUser: Harmless = { what: 'look for a user', path: () => `/users/${noId}?$select=id` };
const oneMail: Harmless = {
  what: 'look for a mail of the last minute',
  path: ({ nowMs }) =>
    `/security/collaboration/analyzedEmails${query({
      startTime: new Date(nowMs() - 60_000).toISOString(),
      endTime: new Date(nowMs()).toISOString(),
      $top: '1',
    })}`,
};
const oneManagedDevice: Harmless = {
  what: 'look for a managed device',
  path: () =>
    `/deviceManagement/managedDevices${query({ $filter: `azureADDeviceId eq ${odataText(noId)}` })}`,
};
const oneIncident: Harmless = { what: 'read one incident', path: () => '/security/incidents?$top=1' };

/** Every system that can be asked whether it works, and how. A webhook of a chat takes messages and answers nothing else. */
export function createProbes(): ProbeRegistry {
  return new Map<string, Probe>([
    ['edr', probeMicrosoft('mde', oneDevice)],
    ['inventory', probeMicrosoft('mde', oneDevice)],
    ['directory', probeMicrosoft('graph', oneUser)],
    ['mail', probeMicrosoft('graph', oneMail)],
    ['mdm', probeMicrosoft('graph', oneManagedDevice)],
    ['incident', probeMicrosoft('graph', oneIncident)],
    ['ldap', probeLdap],
    ['imap', probeImap],
  ]);
}
