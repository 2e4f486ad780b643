import type { GroupRule } from '../../../engine/core/identity/map-groups.ts';

/** Of the identity provider, as the operator has named it. */
export interface ProviderTerms {
  issuer: string;
  /** On the button. */
  label: string;
  groupsClaim: string;
  /** Empty: people are made by hand. */
  people: readonly GroupRule[];
}
