import type { Family } from '../scenario.ts';

/** Which rate limit a path below Graph belongs to (facts 2.4). */
export function graphFamilyOf([, area, , call]: string[]): Family {
  switch (area) {
    case 'users':
      return call === 'mailFolders' ? 'graph-outlook' : 'graph-directory';
    case 'devices':
      return 'graph-directory';
    case 'identityProtection':
      return 'graph-identity-protection';
    case 'deviceManagement':
      return 'graph-intune';
    default:
      return 'graph-security';
  }
}
