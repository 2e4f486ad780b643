import type { Command } from 'commander';

/*
 * What a `--help` page says below its options: examples to copy and the exit codes. A command that says
 * more writes its own text and leaves here out what it has said; a test walks every page and misses neither.
 */

interface HelpPage {
  examples?: readonly string[];
  exits?: string;
}

const local = 'Exit codes: 0 fine, 1 findings, 2 wrong usage, 3 a file cannot be read or written.';
const asked =
  'Exit codes: 0 done, 1 the server says no to this (unknown, ended, changed meanwhile), 2 wrong usage,\n3 the server cannot be reached or refuses you, 5 it did not answer within a minute.';

/** By the words typed after `riposte`. */
const pages: { [command: string]: HelpPage } = {
  serve: {
    examples: ['riposte serve', 'RIPOSTE_PORT=8080 RIPOSTE_CONNECTIONS=connections.json riposte serve'],
    exits: 'Exit codes: 0 stopped by a signal, 3 settings are wrong or it cannot start; stderr says why.',
  },
  new: {},
  check: {
    examples: [
      'riposte check                            everything under playbooks/',
      'riposte check --prove playbooks/phishing',
      'riposte check --format sarif > riposte.sarif',
      "riposte check examples/guardrails.yaml   the operator's files, too",
    ],
    exits:
      'Exit codes: 0 no errors (with --strict no warnings either), 1 findings, 2 wrong usage, 3 a file cannot be read.',
  },
  publish: {
    examples: [
      'riposte publish playbooks/phishing/quarantine-mail.yaml --as kim',
      'riposte publish playbooks',
      'riposte publish --no-cases playbooks/phishing    without <name>.cases.yaml beside them',
    ],
    exits: asked.replace('1 the server', '1 errors, nothing was published; or the server'),
  },
  test: {
    examples: [
      'riposte test                             every case under playbooks/',
      'riposte test --coverage playbooks/phishing/quarantine-mail.yaml',
      'riposte test --coverage --min branches=90 --min approvals=100 --format junit > cases.xml',
    ],
  },
  explain: { exits: 'Exit codes: 0 fine, 1 there is no such code, 2 wrong usage, 3 a file cannot be read.' },
  undo: {
    examples: [
      'riposte undo run_01j9 --reason "It was nothing"',
      'riposte undo run_01j9 --step isolate --reason "The host is clean" --yes',
    ],
    exits: asked,
  },
  leases: { examples: ['riposte leases', 'riposte leases --run run_01j9'], exits: asked },
  renew: { examples: ['riposte renew und_01j9 --for 24h --reason "Still looking at it"'], exits: asked },
  contained: {
    examples: ['riposte contained', 'riposte contained --target host:H17 --expiring'],
    exits: asked,
  },
  release: { examples: ['riposte release und_01j9 --reason "The host is clean"'], exits: asked },
  fmt: { exits: local },
  run: {},
  plan: {},
  backtest: {},
  cases: {},
  graph: {
    examples: [
      'riposte graph playbooks/phishing/quarantine-mail.yaml > graph.mmd',
      'riposte graph playbooks/phishing/quarantine-mail.yaml --format svg > graph.svg',
      'riposte graph playbooks/phishing/quarantine-mail.yaml --run <id>    asks the server',
    ],
    exits:
      'Exit codes: 0 drawn, 1 it does not compile, 2 wrong usage, 3 a file or the server cannot be read.',
  },
  diff: {
    exits:
      'Exit codes: 0 fine, 1 something became bolder (with --exit-code) or does not compile, 2 wrong usage, 3 a file cannot be read.',
  },
  docs: {},
  schema: { exits: local },
  completion: {},
  'alerts send': {
    examples: ['riposte alerts send examples/alerts/01-ransomware-on-workstations.json --as kim'],
    exits: asked,
  },
  'alerts list': {
    examples: ['riposte alerts list --severity high,critical', 'riposte alerts --json'],
    exits: asked,
  },
  'incidents list': { examples: ['riposte incidents list --status new,in_progress'], exits: asked },
  'incidents update': {
    examples: ['riposte incidents update <id> --status resolved --classification false_positive'],
    exits: asked,
  },
  runs: {
    examples: ['riposte runs --status waiting', 'riposte runs <id>                  one run and its steps'],
    exits: asked,
  },
  artifacts: {
    examples: [
      'riposte artifacts <run>',
      'riposte artifacts art_01a2… --out answer.json      what the target said, whole',
    ],
    exits: asked,
  },
  actions: { examples: ['riposte actions --target host:H17 --outcome unknown'], exits: asked },
  playbooks: {
    examples: [
      'riposte playbooks',
      'riposte playbooks --search mail --off',
      'riposte playbooks --limit 50 --json',
    ],
    exits: asked,
  },
  approvals: {
    examples: [
      'riposte approvals --mine',
      'riposte approvals <id>             the whole card',
      'riposte approvals extend <id>      fifteen more minutes',
    ],
    exits: asked,
  },
  'approvals edit': {
    examples: ['riposte approvals edit <id> --set scope=selective --comment "mail has to stay"'],
    exits: asked,
  },
  'approvals break-glass': { examples: ['riposte approvals break-glass --unreviewed'], exits: asked },
  'approvals review': {
    examples: ['riposte approvals review <id> --finding justified --comment "I was called at 3:10"'],
    exits: asked,
  },
  'approvals withdraw': {
    examples: ['riposte approvals withdraw <id> --comment "the wrong host"'],
    exits: asked,
  },
  'approvals extend': { examples: ['riposte approvals extend <id>'], exits: asked },
  tasks: {
    examples: ['riposte tasks', 'riposte tasks <id>                 everything that is known about one'],
    exits: asked,
  },
  'tasks answer': {
    examples: [
      'riposte tasks answer <id> happened --proof "the portal shows it isolated since 03:12"',
      'riposte tasks answer <id> ask       has the target asked once more',
    ],
    exits: asked,
  },
  approve: {
    examples: [
      'riposte approve <id>',
      'riposte approve <id> <id>          one card after the other',
      'riposte approve <id> --as cy --comment "checked with the owner"',
    ],
    exits: asked.replace('1 the server', '1 you said no, or the server'),
  },
  deny: {
    examples: ['riposte deny <id> --comment "backup window"'],
    exits: asked.replace('1 the server', '1 you said no, or the server'),
  },
  stop: {
    examples: [
      'riposte stop --as kim --reason "drill"',
      'riposte stop --system edr --reason "vendor outage"',
    ],
    exits: asked,
  },
  resume: {
    examples: [
      'riposte resume --as kim --generation 1 --reason "it was a drill"',
      'riposte resume --as lou --generation 1 --reason "it was a drill"   the second person',
    ],
    exits: asked,
  },
  'held list': { examples: ['riposte held list'], exits: asked },
  'held show': { examples: ['riposte held show guardrails:hosts_hour'], exits: asked },
  'held approve': {
    examples: [
      'riposte held approve guardrails:hosts_hour --first 10 --comment "These are the infected ones"',
    ],
    exits: asked.replace('1 the server', '1 some did not count, or the server'),
  },
  'held deny': {
    examples: ['riposte held deny guardrails:hosts_hour --comment "A false alarm"'],
    exits: asked.replace('1 the server', '1 some did not count, or the server'),
  },
  account: {
    examples: [
      'riposte account                     what happened to yours',
      'riposte account <id>                to that of somebody else; for administrators',
    ],
    exits: asked,
  },
  retention: { examples: ['riposte retention', 'riposte retention --json'], exits: asked },
  'pause show': { examples: ['riposte pause show'], exits: asked },
  'pause set': { examples: ['riposte pause set --reason "The mail system is being moved"'], exits: asked },
  'pause lift': {
    examples: [
      'riposte pause lift --generation 1 --reason "It is done" --as kim',
      'riposte pause lift --generation 1 --reason "It is done" --as lou   the second person',
    ],
    exits: asked,
  },
  'guardrails show': { examples: ['riposte guardrails show'], exits: asked },
  'guardrails publish': {
    examples: ['riposte guardrails publish examples/guardrails.yaml --as kim'],
    exits: asked.replace('1 the server', '1 errors, nothing was published; or the server'),
  },
  'guardrails confirm': {
    examples: ['riposte guardrails confirm sha256:4be1… --as lou        the second person'],
    exits: asked,
  },
  'guardrails drop': {
    examples: ['riposte guardrails drop sha256:4be1… --reason "The wrong group is asked"'],
    exits: asked,
  },
  'connections list': {
    examples: ['riposte connections', 'riposte connections list --json'],
    exits: asked,
  },
  'connections show': { examples: ['riposte connections show edr.emea'], exits: asked },
  'connections test': {
    examples: ['riposte connections test edr.emea'],
    exits: asked.replace(
      '1 the server',
      '1 it fails, or lacks a right of an action, or no worker has answered, or the server',
    ),
  },
  'streams list': { examples: ['riposte streams', 'riposte streams list --json'], exits: asked },
  'streams add': {
    examples: [
      'riposte streams add siem https://siem.example.org/hook --secret STREAM_SECRET_SIEM',
      'riposte streams add soc tls://siem.example.org:6514 --kind syslog --authority siem-ca.pem',
      'riposte streams add pager https://pager.example.org/in --secret STREAM_SECRET_PAGER --types approval.*,stop.*',
    ],
    exits: asked,
  },
  'streams test': {
    examples: ['riposte streams test siem'],
    exits: asked.replace('1 the server', '1 the receiver did not take it, or the server'),
  },
  'streams pause': { examples: ['riposte streams pause siem'], exits: asked },
  'streams resume': { examples: ['riposte streams resume siem'], exits: asked },
  'streams remove': { examples: ['riposte streams remove siem'], exits: asked },
  'token create': {
    examples: [
      'riposte token create xdr --service --role analyst',
      'riposte token create laptop --role admin --sign-in "<link>"        the first one of all',
    ],
    exits: asked,
  },
  'token list': { examples: ['riposte token list', 'riposte token list --left'], exits: asked },
  'token issuers': { examples: ['riposte token issuers'], exits: asked },
  'token revoke': { examples: ['riposte token revoke tok_01j9'], exits: asked },
  'people unlink': { examples: ['riposte people unlink per_01j9'], exits: asked },
  'people deactivate': { examples: ['riposte people deactivate per_01j9'], exits: asked },
  'people add': {
    examples: ['riposte people add "Jo Example" --role approver --group soc-tier2'],
    exits: asked,
  },
  'people link': { examples: ['riposte people link per_01j9'], exits: asked },
  'people list': { examples: ['riposte people list', 'riposte people list --search example'], exits: asked },
  'audit verify': {
    examples: [
      'riposte audit verify --as kim',
      'riposte audit verify log --key "<name+id+base64>"',
      'riposte audit verify --proof 1204.tlog-proof --key "<name+id+base64>"',
    ],
  },
  'audit export': {
    examples: [
      'riposte audit export --as kim --out log',
      'riposte audit export --as kim --format csv > entries.csv',
      'riposte audit export --as kim --format ocsf --out remediations.jsonl',
    ],
    exits: asked,
  },
  'audit bundle': {
    examples: ['riposte audit bundle --incident <id> --as kim --out evidence'],
    exits: asked,
  },
  'audit prove': { examples: ['riposte audit prove 1204 --as kim --out 1204.tlog-proof'], exits: asked },
  'audit signed': {
    examples: ['riposte audit signed <approval> --site https://soar.example.org --as kim'],
    exits:
      'Exit codes: 0 all that is signed holds, 1 a signature does not hold or there is no such approval, 2 wrong usage,\n3 the server cannot be reached or refuses you, 5 it did not answer within a minute.',
  },
  'audit checkpoint': { examples: ['riposte audit checkpoint --as kim > checkpoint.txt'], exits: asked },
  'audit incarnation show': { examples: ['riposte audit incarnation show --as kim'], exits: asked },
  'audit incarnation propose': {
    examples: ['riposte audit incarnation propose --reason "the disk was lost" --sign-in "<link>"'],
    exits: asked,
  },
  'audit incarnation confirm': {
    examples: ['riposte audit incarnation confirm sha256:4be1… --sign-in "<link>"        the second person'],
    exits: asked,
  },
  'audit keys show': { examples: ['riposte audit keys show --as kim'], exits: asked },
  'audit keys rotate': {
    examples: ['riposte audit keys rotate --reason "yearly" --sign-in "<link>"'],
    exits: asked,
  },
  'audit keys confirm': {
    examples: ['riposte audit keys confirm sha256:4be1… --sign-in "<link>"        the second person'],
    exits: asked,
  },
  'audit truncate propose': {
    examples: [
      'riposte audit truncate propose --archive log --key "<name+id+base64>" --reason "over 400 days" --sign-in "<link>"',
    ],
    exits: asked.replace('1 the server', '1 the archive does not hold, or the server'),
  },
  'audit truncate confirm': {
    examples: ['riposte audit truncate confirm sha256:4be1… --sign-in "<link>"        the second person'],
    exits: asked,
  },
  'audit places show': { examples: ['riposte audit places show --as kim'], exits: asked },
  'audit places give-up': {
    examples: [
      'riposte audit places give-up file:///mnt/worm --reason "the array is gone" --sign-in "<link>"',
    ],
    exits: asked,
  },
  'audit places confirm': {
    examples: ['riposte audit places confirm sha256:4be1… --sign-in "<link>"        the second person'],
    exits: asked,
  },
  'audit entries': { examples: ['riposte audit entries --type action.attempted --as kim'], exits: asked },
};

const groups: readonly [heading: string, names: readonly string[]][] = [
  ['Write a playbook (in this order; no server needed):', ['new', 'check', 'test', 'graph']],
  [
    'Bring it to a server:',
    [
      'plan',
      'backtest',
      'publish',
      'cases',
      'run',
      'playbooks',
      'alerts',
      'incidents',
      'runs',
      'artifacts',
      'actions',
    ],
  ],
  ['Decide:', ['approvals', 'approve', 'deny', 'held', 'tasks', 'stop', 'resume', 'pause']],
  ['Take back, or let stand:', ['contained', 'release', 'leases', 'renew', 'undo']],
  ['Know more about a playbook:', ['explain', 'fmt', 'diff', 'docs', 'schema', 'completion']],
  [
    'Operate:',
    ['serve', 'token', 'people', 'account', 'guardrails', 'connections', 'streams', 'retention', 'audit'],
  ],
];

/** Puts the pages below the options, and the commands of the first page in the order of a first hour. */
export function addHelpPages(program: Command): void {
  for (const [heading, names] of groups) {
    for (const command of program.commands.filter((each) => names.includes(each.name())))
      command.helpGroup(heading);
  }
  program.commandsGroup('Operate:').addHelpText(
    'after',
    `
A first playbook:
  riposte new my-first --from ransomware --yes
  riposte check --prove playbooks/ransomware/my-first.yaml
  riposte test --coverage playbooks/ransomware/my-first.yaml
  riposte graph playbooks/ransomware/my-first.yaml
  riposte publish playbooks/ransomware/my-first.yaml     to a server that "npm start" has started

riposte <command> --help has examples and the exit codes. Over all: 0 fine, 1 findings or a no, 2 wrong usage,
3 failure, 4 the run ended denied, 5 timed out.`,
  );
  for (const command of program.commands) describe(command, command.name());
}

function describe(command: Command, path: string): void {
  for (const child of command.commands) describe(child, `${path} ${child.name()}`);
  for (const option of command.options) if (option.mandatory) option.description += ' (required)';
  const { examples = [], exits } = pages[path] ?? {};
  if (examples.length > 0)
    command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
  if (exits !== undefined) command.addHelpText('after', `\n${exits}`);
}
