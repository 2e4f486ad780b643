import { userInfo } from 'node:os';

export interface Habits {
  /** What it says it can do, instead of what it can. */
  capability?: string;
  /** The ways of signing in that it offers. */
  mechanisms?: string;
}

/** Everything in a folder of its own; as root it acts as the users of its package, otherwise as us. */
export function configuration(
  folder: string,
  { imap, imaps }: { imap: number; imaps: number },
  { capability, mechanisms = 'plain' }: Habits,
): string {
  const { uid, username } = userInfo();
  const own =
    uid === 0
      ? ''
      : `default_internal_user = ${username}\ndefault_login_user = ${username}\ndefault_internal_group =\n`;
  return `protocols = imap
listen = 127.0.0.1
base_dir = ${folder}/run
state_dir = ${folder}/state
log_path = ${folder}/log
auth_verbose = yes
${own}first_valid_uid = 1
ssl = required
ssl_cert = <${folder}/cert.pem
ssl_key = <${folder}/key.pem
disable_plaintext_auth = yes
auth_mechanisms = ${mechanisms}
auth_master_user_separator = *
auth_failure_delay = 0
mail_location = maildir:~/Maildir
${capability === undefined ? '' : `protocol imap {\n  imap_capability = ${capability}\n}\n`}passdb {
  driver = passwd-file
  args = ${folder}/masters
  master = yes
  result_success = continue
}
passdb {
  driver = passwd-file
  args = ${folder}/users
}
userdb {
  driver = passwd-file
  args = ${folder}/users
}
namespace inbox {
  inbox = yes
  separator = /
}
namespace everybody {
  type = public
  separator = /
  prefix = Public/
  location = maildir:${folder}/mail/public
  subscriptions = no
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${imap}
  }
  inet_listener imaps {
    port = ${imaps}
    ssl = yes
  }
}
service anvil {
  chroot =
}
`;
}
