import type { Form } from './read-form.ts';

/** What a page is asked with. */
export interface Asked {
  /** `:id` of the path; '' where there is none. */
  id: string;
  /** `:version` of the path; likewise. */
  version: string;
  query: Form;
  form: Form;
  /** Nobody waits for the page any more. */
  gone: AbortSignal;
}
