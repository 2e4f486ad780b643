import { createRegistry } from '../../../actions/registry.ts';
import type {
  Action,
  ActionContext,
  ActionOutcome,
  CheckOutcome,
  Connection,
} from '../../../engine/core/contracts/action.ts';
import type { Imap } from '../../../engine/core/contracts/imap.ts';
import { createSockets } from '../../../engine/runtime/http/open-socket.ts';
import { createHttp } from '../../../engine/runtime/http/send-http.ts';
import { createImap } from '../../../engine/runtime/imap/visit-mailbox.ts';
import type { JsonObject } from '../../../schemas/json.ts';
import type { Dovecot } from '../../support/dovecot.ts';
import { ldapOut } from '../../support/ways-out.ts';

/** The actions over mailboxes as a worker calls them, over one connection. */
export interface Hands {
  search(input: JsonObject): Promise<ActionOutcome>;
  quarantine(message: string): Promise<ActionOutcome>;
  checkQuarantine(message: string): Promise<CheckOutcome>;
  release(input: JsonObject): Promise<ActionOutcome>;
  checkRelease(input: JsonObject): Promise<CheckOutcome>;
}

export const openImap = (): Imap => createImap(createSockets({ allowPrivate: true }));

export function handsOver(
  dovecot: Dovecot,
  {
    imap = openImap(),
    connection = dovecot.connection(),
    signal = new AbortController().signal,
  }: { imap?: Imap; connection?: Connection; signal?: AbortSignal } = {},
): Hands {
  const registry = createRegistry();
  const http = createHttp();
  const context = (): ActionContext => ({
    connection,
    http,
    ldap: ldapOut,
    imap,
    signal,
    actionKey: 'k7q2m4n6p8r0s2t4v6w8x0y2z4a6b8c0',
    nowMs: Date.now,
  });
  const action = (name: string): Action => {
    const found = registry.get(`imap.${name}`);
    if (found === undefined) throw new Error(`no action imap.${name}`);
    return found;
  };
  const check = async (name: string, input: JsonObject): Promise<CheckOutcome> =>
    (await action(name).check?.(context(), input)) ?? { kind: 'unknown', message: 'it has no check' };
  return {
    search: (input) => action('search-messages').perform(context(), input),
    quarantine: (message) => action('quarantine-message').perform(context(), { message }),
    checkQuarantine: (message) => check('quarantine-message', { message }),
    release: (input) => action('release-message').perform(context(), input),
    checkRelease: (input) => check('release-message', input),
  };
}

/** What succeeded says; anything else fails the test, and says what came. */
export function outputsOf(outcome: ActionOutcome): JsonObject {
  if (outcome.kind !== 'succeeded') throw new Error(JSON.stringify(outcome));
  return outcome.outputs;
}

/** Keys of the copies that a search found. */
export function keysIn(outcome: ActionOutcome): string[] {
  const { messages } = outputsOf(outcome) as unknown as { messages: { key: string }[] };
  return messages.map(({ key }) => key);
}

/** The real way to mail servers, with something happening right before each command that changes a mailbox. */
export function disturbed(imap: Imap, disturb: () => void): Imap {
  return {
    visit: (access, visit, work) =>
      imap.visit(
        access,
        {
          ...visit,
          beforeSend: () => {
            visit.beforeSend?.();
            disturb();
          },
        },
        work,
      ),
  };
}

/** The real way to mail servers, with somebody else being quicker than a move. */
export function beforeMove(imap: Imap, first: () => Promise<void>): Imap {
  return {
    visit: (access, visit, work) =>
      imap.visit(access, visit, (mailbox) =>
        work({
          ...mailbox,
          async move(from, to) {
            await first();
            return await mailbox.move(from, to);
          },
        }),
      ),
  };
}
