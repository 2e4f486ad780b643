import { isJsonObject, type Json, type JsonObject } from '../../../schemas/json.ts';

/*
 * One entry as bytes on a line: syslog (RFC 5424, framed by octet counting as RFC 6587 3.4.1 and RFC 5425
 * have it), or one line of JSON. It knows nothing of connections.
 */

export type LineKind = 'syslog' | 'json-lines';

/** `host`: under which name this installation is known; a receiver sorts by it. */
export function lineFrame(kind: LineKind, event: JsonObject, host: string): Buffer {
  return kind === 'syslog'
    ? octetCounted(syslogMessage(event, host))
    : Buffer.from(`${JSON.stringify(event)}\n`);
}

/** "log audit" */
const facility = 13;
const severities = { failure: 4, denied: 5, unknown: 4, success: 6 } as const;

/** No enterprise number is ours; 32473 is the one that RFC 5612 keeps for examples. */
const elementId = 'riposte@32473';

export function syslogMessage(event: JsonObject, host: string): string {
  const data = isJsonObject(event.data) ? event.data : {};
  const severity = severities[String(data.outcome) as keyof typeof severities] ?? 6;
  const parameters = [
    ['id', event.id],
    ['log', data.log],
    ['index', data.index],
    ['run', data.runId],
    ['incident', data.incidentId],
    ['approval', data.approvalId],
    ['request', data.requestId],
  ] as const;
  const element = parameters
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value]) => ` ${name}="${parameterValue(value)}"`)
    .join('');
  const header = [
    `<${facility * 8 + severity}>1`,
    String(event.time),
    printable(host, 255),
    'riposte',
    '-',
    printable(String(event.type), 32),
  ].join(' ');
  // Without a BOM: the text is JSON, and no parser of JSON wants one.
  return `${header} [${elementId}${element}] ${JSON.stringify(event)}`;
}

function octetCounted(message: string): Buffer {
  const bytes = Buffer.from(message, 'utf8');
  return Buffer.concat([Buffer.from(`${bytes.length} `), bytes]);
}

/** RFC 5424 6.3.3: three signs are escaped, everything else is UTF-8 as it is. */
function parameterValue(value: Json | undefined): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.replace(/["\\\]]/g, '\\$&').replace(/\p{Cc}/gu, '\ufffd');
}

/** Header fields hold printable ASCII and no blank; an empty one is "-". */
function printable(text: string, charsMax: number): string {
  const plain = text.replace(/[^\x21-\x7e]/g, '?').slice(0, charsMax);
  return plain === '' ? '-' : plain;
}
