import type { Probe } from '../../../engine/core/contracts/probe.ts';
import { terminal } from '../../client/fail.ts';
import { setting } from '../../client/read-setting.ts';
import { permissions } from './manifest-parts.ts';
import { isMailbox } from './message-key.ts';
import { visit } from './visit.ts';

const what = 'sign in to the test mailbox and list its folders';

/**
 * A master user has no mailbox of its own, so one is named that nobody minds. What it may do in there is not asked: the
 * server says it only of what is tried.
 */
export const probeImap: Probe = async (context) => {
  const named = setting(context.connection, 'testMailbox');
  if (!named.ok) return { looks: [{ what, failure: named.failure }], rights: {} };
  const mailbox = named.value.toLowerCase();
  if (!isMailbox(mailbox)) {
    const failure = terminal(
      'misconfigured',
      `Connection "${context.connection.id}" needs a login name in its setting "testMailbox".`,
    );
    return { looks: [{ what, failure }], rights: {} };
  }
  const visited = await visit(context, mailbox, (box) => box.folders());
  if (visited.kind === 'done')
    return { looks: [{ what, failure: null }], rights: { [permissions.read]: 'held' } };
  const failure =
    visited.kind === 'refused' ? visited.failure : terminal('invalid-response', visited.message);
  return { looks: [{ what, failure }], rights: {} };
};
