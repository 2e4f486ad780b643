/* Enumerations of alerts and incidents as the metadata writes them (facts 5.1 and 5.2). */

export const statusesOf = {
  alert: ['new', 'inProgress', 'resolved'],
  // `redirected` is the result of a merge and cannot be set
  incident: ['active', 'resolved', 'inProgress', 'awaitingAction'],
} as const;

export const classifications = [
  'unknown',
  'falsePositive',
  'truePositive',
  'informationalExpectedActivity',
] as const;

export const determinations = [
  'unknown',
  'apt',
  'malware',
  'securityPersonnel',
  'securityTesting',
  'unwantedSoftware',
  'other',
  'multiStagedAttack',
  'compromisedAccount',
  'phishing',
  'maliciousUserActivity',
  'notMalicious',
  'notEnoughDataToValidate',
  'confirmedActivity',
  'lineOfBusinessApplication',
] as const;
