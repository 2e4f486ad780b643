import { createSockets } from '../../engine/runtime/http/open-socket.ts';
import { createImap } from '../../engine/runtime/imap/visit-mailbox.ts';
import { createLdap } from '../../engine/runtime/ldap/create-ldap.ts';

/** The ways to directories and mail servers of this machine. They hold nothing open. */
const sockets = createSockets({ allowPrivate: true });
export const ldapOut = createLdap(sockets);
export const imapOut = createImap(sockets);
