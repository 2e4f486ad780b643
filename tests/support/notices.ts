import { createRegistry } from '../../actions/registry.ts';
import type { Connection } from '../../engine/core/contracts/action.ts';
import { createSockets } from '../../engine/runtime/http/open-socket.ts';
import { createHttp } from '../../engine/runtime/http/send-http.ts';
import { openApprovalLinks } from '../../engine/runtime/outward/approval-links.ts';
import type { NoticeParts } from '../../engine/runtime/outward/notice-parts.ts';
import type { Database } from '../../engine/runtime/store/database.ts';
import { defaultTenant, mintId } from '../../schemas/ids.ts';
import { labConnections } from './corridor.ts';
import { ldapOut } from './ways-out.ts';

/** What a worker tells people with, over the lab's chat and whatever connections a test brings. */
export function noticeParts(
  database: Database,
  labUrl: string,
  connections: readonly Connection[] = [],
): NoticeParts & { close(): Promise<void> } {
  const http = createHttp({ allowPrivate: true });
  return {
    database,
    tenant: defaultTenant,
    mint: mintId,
    log: (level, message, fields) => {
      if (level === 'error') process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
    },
    http,
    ldap: ldapOut,
    sockets: createSockets({ allowPrivate: true }),
    registry: createRegistry(),
    connections: [...labConnections(labUrl, ['chat']), ...connections],
    links: openApprovalLinks(database, defaultTenant, 'https://riposte.example'),
    host: 'riposte.example',
    clock: { nowMs: Date.now },
    close: () => http.close(),
  };
}
