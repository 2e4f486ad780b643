import { isJsonObject } from '../../../schemas/json.ts';
import { parseJson } from '../../client/parse-json.ts';
import { textsOf } from '../../client/read-field.ts';

const guid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * The reference of a remediation, from a header such as
 * `https://security.microsoft.com/action-center/history?filters={"bulkId":["{guid}"]}&tid={tenant}`
 * (facts 5.5), with or without percent-encoding. For the audit log only: nothing can be asked with it.
 */
export function bulkIdOf(location: string): string | null {
  if (!URL.canParse(location)) return null;
  const filters = parseJson(new URL(location).searchParams.get('filters') ?? '');
  const [id] = isJsonObject(filters) ? (textsOf(filters, 'bulkId') ?? []) : [];
  return id !== undefined && guid.test(id) ? id : null;
}
