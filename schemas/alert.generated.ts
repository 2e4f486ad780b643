/* Generated from alert.schema.json by `npm run schemas:types`. Change the schema, not this file. */
import type { Json } from './json.ts';

/**
 * A normalised alert: what playbooks see as `alert`. Intake fills every required field, with an empty text or list where the source says nothing, so that an expression never fails on a missing key of this list. Names are snake_case because in expressions a hyphen is a minus sign.
 */
export interface Alert {
  /**
   * Riposte's own id.
   */
  id: string;
  /**
   * The connection that delivered it; unique together with `source_id`.
   */
  source: string;
  /**
   * The id the source gave it.
   */
  source_id: string;
  title: string;
  description: string;
  severity: 'informational' | 'low' | 'medium' | 'high' | 'critical';
  /**
   * Our own slug. An open list: a source may bring a slug that is not among the examples.
   */
  category: string;
  /**
   * How sure the source is, from 0 to 1.
   */
  confidence: number;
  verdict: 'confirmed' | 'suspected' | 'benign' | 'unknown';
  /**
   * When the source raised it, RFC 3339 in UTC. Time to respond counts from here.
   */
  created_at: string;
  /**
   * The alert in the source's console; empty if it has none.
   */
  url: string;
  /**
   * The source's incident, otherwise the one Riposte correlated.
   */
  incident: {
    /**
     * The source's id. An alert that belongs to no incident gets one of its own.
     */
    id: string;
    title?: string;
    status?: 'new' | 'active' | 'in_progress' | 'resolved' | 'redirected';
    classification?: 'true_positive' | 'false_positive' | 'benign' | 'unknown';
    severity?: 'informational' | 'low' | 'medium' | 'high' | 'critical';
    /**
     * Empty if nobody has it.
     */
    owner?: string;
  };
  /**
   * MITRE ATT&CK technique ids.
   *
   * @maxItems 100
   */
  techniques: string[];
  /**
   * Who and what was hit. A kind the source says nothing about is an empty list.
   */
  targets: {
    /**
     * @maxItems 1000
     */
    hosts: HostTarget[];
    /**
     * @maxItems 1000
     */
    users: UserTarget[];
    /**
     * @maxItems 1000
     */
    mails: MailTarget[];
    /**
     * @maxItems 1000
     */
    files: FileTarget[];
    /**
     * @maxItems 1000
     */
    ips: AddressTarget[];
  };
  /**
   * What the source sent, as it was; numbers beyond 2^53 that would be rounded as texts, with their digits. Its shape is the source's business.
   */
  raw: Json;
}
export interface HostTarget {
  /**
   * Id known to the endpoint product.
   */
  id: string;
  name: string;
  dns_name?: string;
  os?: string;
  /**
   * Id of the device in the directory.
   */
  directory_id?: string;
  last_ip?: string;
  /**
   * What the source says it was in the attack, such as `compromised`, `attacked` or `contextual`; absent if it does not say.
   *
   * @maxItems 20
   */
  roles?: string[];
}
export interface UserTarget {
  /**
   * Immutable id in the directory; the SID of an account that only an on-premises directory has.
   */
  id: string;
  name: string;
  upn?: string;
  sid?: string;
  domain?: string;
  /**
   * What the source says it was in the attack, such as `compromised`, `attacked` or `contextual`; absent if it does not say.
   *
   * @maxItems 20
   */
  roles?: string[];
}
export interface MailTarget {
  /**
   * One copy in one mailbox: network message id and recipient together.
   */
  id: string;
  network_message_id: string;
  internet_message_id?: string;
  recipient: string;
  sender: string;
  sender_ip?: string;
  subject: string;
  received_at?: string;
}
export interface FileTarget {
  name: string;
  path?: string;
  sha1?: string;
  sha256?: string;
}
export interface AddressTarget {
  /**
   * IPv4 or IPv6 in text form.
   */
  address: string;
}
