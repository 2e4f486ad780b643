/* Generated from action-manifest.schema.json by `npm run schemas:types`. Change the schema, not this file. */

/**
 * `<system>.<verb-noun>`; the system names the queue, the connection and the folder. No key is the beginning of another.
 */
export type Key = string;
export type FieldName = string;
export type Inverse =
  | {
      kind: 'action';
      action: Key;
      arguments: {
        [k: string]: FieldName;
      };
      /**
       * Further arguments that take the value of the named output, where there is one: what was found before it was changed.
       */
      outputs?: {
        [k: string]: FieldName;
      };
    }
  | {
      kind: 'irreversible';
      reason: string;
    }
  | {
      kind: 'not-needed';
    };

/**
 * What the engine, the compiler, the editor and a person who approves know about an action without running it. The TypeScript shape is `ActionManifest` in engine/core/contracts/action.ts.
 */
export interface ActionManifest {
  key: Key;
  /**
   * Semantic version; a playbook pins the major.
   */
  version: string;
  /**
   * What it does, as a short order.
   */
  title: string;
  /**
   * One to three sentences for the author of a playbook.
   */
  description: string;
  /**
   * Ordered by what it can break: read, notify, restore, contain, eradicate.
   */
  class: 'read' | 'notify' | 'restore' | 'contain' | 'eradicate';
  input: Input;
  output: Output;
  /**
   * Which argument names the target, and of which kind; absent for actions without a target.
   */
  target?: {
    argument: FieldName;
    kind: 'host' | 'user' | 'mail' | 'mailbox' | 'rule' | 'file' | 'ip' | 'domain' | 'incident' | 'channel';
    /**
     * The argument that says whose incident the target is; filled in where it is the run's own.
     */
    source?: string;
  };
  /**
   * Name of the state it brings about, for holds.
   */
  effect?: string;
  /**
   * One sentence for the approval card; `{name}` is replaced by the target's name or id. No other braces.
   */
  effectSentence: string;
  /**
   * `native`: the target takes a repeat without a second effect. `check-then-act`: the state is read first. `no`: a repeat is a second effect.
   */
  idempotent: 'native' | 'check-then-act' | 'no';
  inverse: Inverse;
  /**
   * Names of secrets in the connection. A part in angle brackets stands for the value of that argument.
   */
  secrets: string[];
  /**
   * Vendor permissions the connection needs.
   */
  permissions: string[];
  /**
   * Failure codes that it can end in, without a station; playbooks name them in `retry.on`.
   *
   * @minItems 1
   */
  failureCodes: string[];
  /**
   * Default bound of one attempt in milliseconds.
   */
  timeoutMs: number;
  /**
   * Which outputs tell facts about the target.
   */
  facts?: {
    name?: FieldName;
    role?: FieldName;
    criticality?: FieldName;
    tags?: FieldName;
    owner?: FieldName;
    roles?: FieldName;
    enabled?: FieldName;
    object_id?: FieldName;
    upn?: FieldName;
  };
  /**
   * Outputs that come from outside and must be treated as attacker text.
   *
   * @minItems 1
   */
  untrusted?: FieldName[];
  /**
   * Outputs that tell this doing of it from another one that looks the same, e.g. the id of the order. One that reads differently before it is taken back means that somebody else has done it anew: then nothing is sent.
   *
   * @minItems 1
   */
  marks?: FieldName[];
  /**
   * The action still works and should not be used in new playbooks.
   */
  deprecated?: {
    reason: string;
    /**
     * `<system>.<verb-noun>`; the system names the queue, the connection and the folder. No key is the beginning of another.
     */
    use?: string;
  };
  /**
   * Where a person looks, and for what, when nobody knows whether it happened.
   */
  byHand?: string;
  /**
   * Pages of the vendor.
   */
  docs: string[];
}
/**
 * JSON Schema 2020-12 of `with`.
 */
export interface Input {
  type: 'object';
  additionalProperties: false;
  properties: Fields;
}
export interface Fields {
  [k: string]: {
    description: string;
  };
}
/**
 * JSON Schema 2020-12 of the outputs, with at least one example that stands in for them in audit mode.
 */
export interface Output {
  type: 'object';
  properties: Fields;
  /**
   * @minItems 1
   */
  examples: {}[];
}
