import { createSockets } from '../../engine/runtime/http/open-socket.ts';
import { createLdap } from '../../engine/runtime/ldap/create-ldap.ts';

/** The way to directories of this machine. It holds nothing open. */
export const ldapOut = createLdap(createSockets({ allowPrivate: true }));
