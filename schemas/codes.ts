/*
 * The code catalogue: every slug `station/what` that a diagnostic, a failure, a log line or an
 * HTTP answer can carry. A code never changes its meaning; the words around it may improve.
 */

export type Severity = 'error' | 'warning' | 'info';

export interface CodeEntry {
  /** One line, the same each time; the `title` of an RFC 9457 answer. */
  summary: string;
  /** What to do about it. */
  help: string;
  /** Diagnostics only: how bad it is when the rule does not say otherwise. */
  severity?: Severity;
  /** Page of the code, relative to the console's base. */
  doc: string;
}

type Entry = readonly [summary: string, help: string, severity?: Severity];

const compile = {
  'compile/bad-yaml': [
    'The file is not YAML that a playbook may use',
    'Playbooks are one UTF-8 document of at most 256 KiB in the YAML 1.2 core schema: no directives, custom tags, merge keys or control characters.',
    'error',
  ],
  'compile/duplicate-key': ['A key is written twice in the same map', 'Keep one of the two.', 'error'],
  'compile/ambiguous-scalar': [
    'An unquoted value means something else than it looks like',
    'Quote it if it is text; write it plainly (true, 10, 1000) if it is not.',
    'warning',
  ],
  'compile/unquoted-template': [
    'A template inside a flow collection is not quoted',
    'Braces and brackets belong to YAML there. Quote the value: { host_id: "${{ inputs.host_id }}" }.',
    'error',
  ],
  'compile/unknown-field': [
    'A field that does not exist at this place',
    'Correct the name, or prefix your own notes with "x-".',
    'error',
  ],
  'compile/missing-field': ['A required field is missing', 'Add it.', 'error'],
  'compile/wrong-type': ['A value has the wrong type', 'Write the type that the message names.', 'error'],
  'compile/invalid-value': [
    'A value is not one of those allowed here',
    'Use one of the values or the form that the message names.',
    'error',
  ],
  'compile/over-limit': [
    'A limit of the language is exceeded',
    'Make it smaller, or split the playbook. The limits keep every run bounded and every page readable.',
    'error',
  ],
  'compile/mixed-step': [
    'One step has the keys of two kinds',
    'A step does one thing. Write two steps.',
    'error',
  ],
  'compile/empty-step': [
    'A step does not say what it does',
    'Add one of action, approval, if with then, switch, foreach, repeat, parallel, wait, call, set, undo or stop.',
    'error',
  ],
  'compile/unknown-action': [
    'No installed action has this key',
    'Correct the key, or install the actions of that system.',
    'error',
  ],
  'compile/action-version': [
    'The installed action has another major version',
    'Ask for the major that is installed, after reading what changed.',
    'error',
  ],
  'compile/unknown-playbook': [
    'A called playbook is not known here',
    'Correct the id, publish that playbook first, or check both files together.',
    'error',
  ],
  'compile/call-cycle': [
    'Playbooks call each other in a circle',
    'A run must end. Let both call a third one, or repeat within one playbook.',
    'error',
  ],
  'compile/missing-inverse': [
    'What would take an action back is not installed',
    'Install the inverse action, or write "rollback: none" where that is accepted.',
    'error',
  ],
  'compile/unknown-connection': [
    'No connection of this name is configured for the system',
    'Correct the name, or add the connection in the settings.',
    'error',
  ],
  'compile/invalid-argument': [
    'An argument does not fit what the action takes',
    "Give every required argument, in the type of the action's input schema.",
    'error',
  ],
  'compile/unknown-step': [
    'A reference to a step that does not exist',
    'Correct the id; positional ids such as if#3 cannot be named.',
    'error',
  ],
  'compile/unknown-name': [
    'A name that means nothing here',
    'Declare the input or variable, or correct the name.',
    'error',
  ],
  'compile/not-visible-here': [
    'The name exists but cannot be seen from this place',
    'A step sees what comes before it, not what follows, not sibling branches of a parallel.',
    'error',
  ],
  'compile/maybe-missing': [
    'The outputs may not be there',
    'The step may have been skipped or not reached. Guard with has(), with .? and orValue(), or test its .status in the same expression or an enclosing if.',
    'error',
  ],
  'compile/duplicate-id': [
    'An id is used twice',
    'Ids are unique among the steps of a run, and among those of one loop. Rename one.',
    'error',
  ],
  'compile/shadowed-name': [
    'A name hides another one',
    'Names of elements must differ from alert, inputs, vars, steps, run, signal, failure, target, index.',
    'error',
  ],
  'compile/racing-set': [
    'A variable is set where branches run at the same time',
    'Use outputs of the branch instead, or set after the join.',
    'error',
  ],
  'compile/bad-expression': ['An expression cannot be read', 'Correct the expression.', 'error'],
  'compile/expression-type': [
    'An expression has the wrong type',
    'Conditions are booleans, lists are lists; there is no coercion.',
    'error',
  ],
  'compile/backtracking-regex': [
    'matches() can be stalled by a hostile text',
    'Use re_match(text, "pattern"), which runs in linear time.',
    'error',
  ],
  'compile/expression-too-large': [
    'An expression exceeds the structure limits',
    'At most 2,000 characters, 500 nodes, depth 24, comprehensions nested 2 deep. Move parts into vars.',
    'error',
  ],
  'compile/untrusted-input': [
    'Text from outside reaches a place that interprets it',
    'Use the encoder of that place, for example url_encode().',
    'error',
  ],
  'compile/constant-condition': [
    'A condition never changes',
    'Remove it, or compare with something that the run knows.',
    'warning',
  ],
  'compile/ungated-containment': [
    'Containment without approval and without guard',
    'Add an approval, or a guard with deny_if, so that servers and privileged accounts are not hit at once.',
    'warning',
  ],
  'compile/racing-containment': [
    'A containment inside a branch of a race',
    'With join: any a branch may be abandoned half-way. Use join: all or settle.',
    'error',
  ],
  'compile/unreachable-step': ['A step can never run', 'Remove it, or remove the stop before it.', 'error'],
  'compile/missing-default': [
    'A switch without default',
    'Say what happens when no case is true, even if it is an empty list.',
    'warning',
  ],
  'compile/effect-in-finally': [
    'An effect in a place that may only read and notify',
    'finally always runs, also after a denial: it must not contain, eradicate or restore.',
    'error',
  ],
  'compile/mode-above-status': [
    'The mode is bolder than the status allows',
    'Experimental playbooks usually run in audit, tests in ask. Raise the status when it has proved itself.',
    'warning',
  ],
  'compile/missing-falsepositives': [
    'Nobody wrote down what looks the same and is harmless',
    'Approvers see the list as reasons to say no. Write one, for every playbook that contains.',
    'warning',
  ],
} as const satisfies Record<string, Entry>;

// Known only where the published versions are: `publish-playbook.ts` reports them.
/** What `riposte check --prove` finds on the paths of a compiled playbook. */
const prove = {
  'prove/ungated-target': [
    'A server, a privileged account or an unknown target can be contained without asking',
    'Ask whenever the target is not known to be harmless, or forbid it with a guard that has "deny_if". Limits do not count.',
    'error',
  ],
  'prove/unbounded-wait': [
    'A step waits without an end, or longer than the whole run may take',
    'Shorten the wait, or give the run a longer "timeout".',
    'error',
  ],
  'prove/unreleased-containment': [
    'A containment is never taken back',
    'Add "lease", an "undo" that can be reached after it, or "rollback: none" to say that it stays.',
    'warning',
  ],
  'prove/unreachable-step': ['A step can never run', 'Correct the condition, or remove the step.', 'error'],
  'prove/doubled-effect': [
    'An effect that must not happen twice may be attempted twice',
    'Attempt it once, or use an action that can check the target first.',
    'error',
  ],
  'prove/effect-after-stop': [
    'A target is changed after the run was stopped, or in "finally"',
    'Only read and notify belong in "finally"; "on_failure" may also take back.',
    'error',
  ],
  'prove/untold-unknown': [
    'Nobody hears of an effect whose outcome stays unknown',
    'Tell people in "on_error" or afterwards, or let the failure end the run of a playbook with an "owner".',
    'error',
  ],
  'prove/bound-reached': [
    'The playbook has more paths than a proof follows',
    'What was found is true; what was not found is not proven. Split the playbook with "call", or test fewer statuses.',
    'warning',
  ],
} as const satisfies Record<string, Entry>;

const publish = {
  'compile/version-not-raised': [
    'The playbook changed and its version did not',
    'Raise `version`: people tell versions apart by it.',
    'error',
  ],
} as const satisfies Record<string, Entry>;

const match = {
  'match/expression-failed': [
    'A trigger condition failed',
    'The alert started nothing through this trigger. Correct the expression.',
    'error',
  ],
  'match/never': ['A trigger can never match', 'Correct its condition.', 'warning'],
  'match/overlaps': ['Two playbooks answer the same alerts', 'Decide the order in the routing file.', 'info'],
  'match/invalid-input': [
    'An alert does not fill the inputs',
    'The alert started nothing through this trigger. Correct `from`, or give a default.',
    'error',
  ],
  'match/too-many-elements': [
    'A trigger found more elements than may start runs',
    'The alert started nothing through this trigger. Narrow `each`.',
    'error',
  ],
  'match/expired': ['A trigger has expired', 'Renew its `expires`, or remove it.', 'warning'],
  'match/not-true': ['A condition was false', 'The trace says which part of it. Nothing is wrong.'],
  'match/no-elements': ['A trigger found nothing to run for', '`each` gave an empty list.'],
  'match/disabled': ['A trigger or its playbook is switched off', 'Switch it on, or look at the routing file.'],
  'match/routed-away': [
    'The routing file keeps this from the playbook',
    'Look at its entry in the routing file: routing narrows what triggers let through.',
  ],
  'match/duplicate': ['An earlier run covers it', '`dedupe` says for how long.'],
  'match/group-full': ['The concurrency group is full', '`concurrency.on_conflict` says to skip then.'],
  'match/redelivered': ['This has started this run before', 'Nothing to do: one event starts one run.'],
  'match/own-doing': ['The playbook itself caused it', 'A trigger ignores what its own playbook did.'],
  'match/not-storable': [
    'No run could be stored for it',
    'The data cannot be kept as it is. Look at the alert by hand.',
  ],
  'match/unknown-playbook': [
    'The routing file names a playbook that is not published',
    'Publish it first, or correct its id.',
    'error',
  ],
  'match/loop': ['Runs start each other in a circle', 'The chain was stopped. Narrow the trigger.', 'error'],
} as const satisfies Record<string, Entry>;

const run = {
  'run/expression-failed': [
    'An expression failed during the run',
    'Look at the values it saw; guard what may be missing.',
  ],
  'run/expression-budget': [
    'An expression took too much work',
    'At most 100,000 steps or 50 ms. Let an action do the heavy part.',
  ],
  'run/unexpected-event': ['An event came that nothing waited for', 'It was recorded and changed nothing.'],
  'run/timed-out': [
    'The run took longer than its timeout',
    'What was done stays done; look at the run and undo what must not stay.',
  ],
  'run/cancelled': ['A person cancelled the run', 'What was done stays done unless undo was asked for.'],
  'run/needs-engine': [
    'The run needs another engine version',
    'Start the version it was compiled for; until then it waits.',
  ],
  'run/too-many-items': [
    'A list has more elements than max_items',
    'Nothing was done. Narrow the list or raise max_items.',
  ],
  'run/duplicate-item-key': [
    'Two elements have the same key',
    'Nothing was done. Choose a key that is unique.',
  ],
  'run/repeat-exhausted': [
    'The last round ended and the condition is still false',
    'Allow more rounds, or look at why it never became true.',
  ],
  'run/child-denied': ['A called playbook was denied', 'Look at the child run.'],
  'run/child-failed': ['A called playbook failed', 'Look at the child run.'],
  'run/branch-failed': ['A branch of a parallel failed', 'Look at the failed branch.'],
  'run/stopped': ['The playbook ended the run with stop', 'The reason is in the run.'],
  'run/halted': [
    'A mistake of ours halted the run',
    "Nothing more is done in it. The log has the cause under the run's id.",
  ],
  'run/too-many-entries': ['The run reached 10,000 entries', 'It was stopped. Split the playbook.'],
  'run/output-too-large': ['The output of a step is larger than 256 KiB', 'Ask the action for less.'],
  'run/items-failed': ['No item of a foreach succeeded', 'Look at the items; each says how it ended.'],
  'run/wait-timed-out': [
    'Nothing that matches came in time',
    'The step waits with on_timeout: fail. Look at its match, or give it more time.',
  ],
  'run/call-too-deep': [
    'Playbooks call each other more than three deep',
    'Call the innermost one from further out.',
  ],
  'run/not-restartable': [
    'This step cannot be restarted',
    'Failed and denied steps of the main part can; inside a loop the loop is restarted.',
  ],
} as const satisfies Record<string, Entry>;

const action = {
  'action/invalid-input': [
    'The arguments do not fit the action',
    'Nothing was sent. Look at the values the step rendered.',
  ],
  'action/invalid-output': [
    'The action answered outside its own schema',
    'The effect may have happened; look at the target. Report it to the author of the action.',
  ],
  'action/outcome-unknown': [
    'Nobody knows whether it happened',
    'The request was sent and its answer was lost. Look at the target, then decide.',
  ],
  'action/deadline': [
    'The step ran out of time before it could act',
    'Nothing is under way any more. Restart the step if it is still wanted.',
  ],
  'action/unconfirmed': [
    'The target accepted the request and never confirmed it',
    'Look at the target: it may still act.',
  ],
  'action/timeout': [
    'One attempt took longer than its timeout',
    'The target is asked what is true before anything is repeated.',
  ],
  'action/unknown-connection': [
    'No connection for this action',
    'Configure the connection, or correct its name in the playbook.',
  ],
  'action/unknown-action': ['The action is not installed here', 'Install it, or start a worker that has it.'],
  'action/secret-missing': [
    'A secret of the connection cannot be read',
    'Store the secret under the name the connection expects.',
  ],
  'action/cancelled': ['The attempt was aborted', 'Look at the target: the request may have been sent.'],
} as const satisfies Record<string, Entry>;

const approval = {
  'approval/denied': ['An approver said no', 'The action was not performed.'],
  'approval/expired': ['Nobody decided in time', 'Silence is a no: the action was not performed.'],
  'approval/needs-person': ['Only a person may decide', 'Service tokens cannot approve or deny. Sign in.'],
  'approval/not-named': ['You are not among the approvers', 'The approval names who may decide.'],
  'approval/separation': [
    'You may not decide on your own work',
    'Whoever started the run or last edited the playbook version does not decide.',
  ],
  'approval/already-decided': ['Somebody decided before', 'The earlier decision stands.'],
  'approval/digest-mismatch': [
    'What would happen has changed',
    'Nothing was recorded. Read the approval again, then decide.',
  ],
  'approval/precondition-required': [
    'The decision does not say what it saw',
    'Send If-Match with the ETag of the approval.',
  ],
  'approval/comment-required': ['A comment is required', 'Say why.'],
  'approval/moving-target': [
    'The action kept changing while it was asked about',
    'It was asked three times. Look at what changes its arguments.',
  ],
  'approval/superseded': ['A newer question replaced this one', 'Decide on the newer one.'],
  'approval/cancelled': ['The run ended before a decision', 'Nothing to decide any more.'],
  'approval/no-approver': [
    'Nobody can decide',
    'Fewer people are eligible than the quorum asks for. Name more approvers.',
  ],
  'approval/already-extended': ['The time was extended before', 'It can be extended once.'],
  'approval/not-shown': [
    'An argument cannot be shown in full',
    'What cannot be read cannot be approved; denying stays possible.',
  ],
} as const satisfies Record<string, Entry>;

const guard = {
  'guard/denied': ['A guard forbids it', "The guard's message says why. Contain by hand if it must be."],
  'guard/expression-failed': ['A guard could not be evaluated', 'An error denies. Correct the guard.'],
  'guard/limit-exceeded': [
    'More targets than the limit allows',
    'Wait for the window to pass, or ask an operator.',
  ],
  'guard/protected-target': ['The target is protected', 'Protected targets are contained by hand.'],
  'guard/frozen': ['A freeze is in force', 'Wait for its end, or ask an operator.'],
  'guard/mode': ['The mode does not allow effects', 'The installation or the playbook runs in a lower mode.'],
  'guard/invalid-guardrails': [
    'The guardrails file cannot be read',
    'Effects are denied until it is corrected.',
  ],
} as const satisfies Record<string, Entry>;

const undo = {
  'undo/irreversible': ['This cannot be taken back', 'The action has no inverse; its page says why.'],
  'undo/failed': ['Taking it back failed', 'Look at the target, then retry the record.'],
  'undo/incomplete': [
    'Not everything could be taken back',
    'Look at the targets, then retry the records that failed.',
  ],
  'undo/retained': ['Another run still wants this effect', 'It stays until the last hold is released.'],
} as const satisfies Record<string, Entry>;

const auth = {
  'auth/required': ['Sign in first', 'The request carries no valid session or token.'],
  'auth/forbidden': ['Your role does not allow this', 'Ask an operator for the right that the answer names.'],
  'auth/bad-link': ['The sign-in link is used up, expired or wrong', 'Ask for a new one.'],
  'auth/bad-token': ['The token is wrong, expired or revoked', 'Create a new one in the settings.'],
  'auth/bad-origin': ['The request comes from another site', 'Use the console at its own address.'],
  'auth/fresh-sign-in': ['This needs a fresh sign-in', 'Sign in again, then repeat.'],
  'auth/last-operator': ['The last operator cannot be removed', 'Name another one first.'],
} as const satisfies Record<string, Entry>;

const request = {
  'request/invalid': ['The request is not valid', 'The list of errors points at each mistake.'],
  'request/not-found': ['There is no such thing, or you may not see it', 'Check the id.'],
  'request/method-not-allowed': [
    'This address does not take that method',
    'The Allow header names those it takes.',
  ],
  'request/unsupported-media-type': ['The body is not JSON', 'Send application/json.'],
  'request/not-acceptable': ['No form of the answer fits the Accept header', 'Accept application/json.'],
  'request/too-large': ['The body is too large', 'Alerts are at most 1 MiB, playbooks 256 KiB.'],
  'request/conflict': ['The present state does not allow it', 'Read it again, then decide.'],
  'request/stale': ['It changed since you read it', 'Read it again and repeat with the new ETag.'],
  'request/precondition-required': [
    'The request does not say which version it changes',
    'Send If-Match with the ETag you read.',
  ],
  'request/idempotency-mismatch': [
    'The idempotency key was used for another body',
    'Use a new key for a new request.',
  ],
  'request/in-progress': ['The same request is still being answered', 'Wait, then repeat it.'],
  'request/rate-limited': ['Too many requests', 'Wait for the seconds that Retry-After names.'],
  'request/bad-cursor': ['The cursor does not belong to this list', 'Start again without a cursor.'],
  'request/unavailable': [
    'The service cannot answer now',
    'Nothing was recorded. Repeat with the same idempotency key.',
  ],
  'request/internal': ['A mistake of ours', 'It was logged under the request id.'],
} as const satisfies Record<string, Entry>;

const stop = {
  'stop/active': ['Containment is paused', 'Someone pulled the emergency stop. An operator resumes it.'],
  'stop/not-active': ['Containment is not paused', 'There is nothing to resume.'],
} as const satisfies Record<string, Entry>;

const audit = {
  'audit/unavailable': [
    'The audit log cannot be written',
    'Without an entry there is no effect. Repair the log first.',
  ],
  'audit/fork': [
    'The audit log does not continue what was published',
    'The database was restored or rewritten. Effects stay refused until an operator opens a new incarnation.',
  ],
  'audit/integrity': [
    'The audit log fails verification',
    'The message names the first bad index. Keep the evidence.',
  ],
  'audit/semantic': [
    'The audit log contradicts itself',
    'An effect without intent, or without a matching approval.',
  ],
  'audit/bad-signature': [
    "A checkpoint's signature is wrong",
    'Check the public key, then treat it as tampering.',
  ],
  'audit/pruned': [
    'Entries of this range were pruned',
    'Hashes remain and verify; the archive has the bytes.',
  ],
} as const satisfies Record<string, Entry>;

const start = {
  'start/port-in-use': ['Another program listens on the port', 'Stop it, or set RIPOSTE_PORT.'],
  'start/data-newer': [
    'The data was written by a newer version',
    'Start that version, or restore an older backup.',
  ],
  'start/data-in-use': [
    'Another process uses the data folder',
    'Stop it first; two must not share one folder.',
  ],
  'start/data-damaged': ['The data folder cannot be read', 'Keep it as it is and restore from a backup.'],
  'start/bad-config': ['A setting is wrong', 'The message names the variable and what to write.'],
  'start/no-database': ['The database does not answer', 'Check DATABASE_URL and that the server runs.'],
  'start/no-queue': ['The queue does not answer', 'Check QUEUE_URL and that the server runs.'],
} as const satisfies Record<string, Entry>;

const cases = {
  'case/bad-file': [
    'A case file does not have the shape of cases/v1',
    'Correct the field that the message names.',
    'error',
  ],
  'case/unknown-playbook': [
    'The playbook of a case file cannot be used',
    'Correct the path, or make the playbook compile first.',
    'error',
  ],
  'case/unknown-name': [
    'A case names something that its playbook does not have',
    'Correct the step, action, trigger, guard or input that the message names.',
    'error',
  ],
  'case/bad-fixture': [
    'What a case is given cannot be used',
    'The file must be there and hold an alert that intake would accept.',
    'error',
  ],
  'case/not-started': [
    'The given alert does not start the playbook',
    'Give an alert that the trigger matches, or expect "run: not-started".',
    'error',
  ],
  'case/unexpected-action': [
    'The playbook calls an action that the case has no answer for',
    'Add an answer under given.actions, by step id or by action key, or correct the playbook.',
    'error',
  ],
  'case/schema-drift': [
    'An answer is not one that the action could give',
    "Write outputs that fit the action's output schema, and one of its failure codes.",
    'error',
  ],
  'case/refused-decision': [
    'A decision does not count',
    'Let somebody decide who is asked, in time, on something that is open; the message says which rule refused it.',
    'error',
  ],
  'case/endless': [
    'A case does not come to an end',
    'More than 100,000 events, or a run that waits for something that never comes. Add the missing decision or signal.',
    'error',
  ],
  'case/not-met': [
    'A case ended otherwise than expected',
    'Correct the playbook or the expectation.',
    'error',
  ],
  'case/to-record': [
    'A case has no expectation yet',
    'Run "riposte test --update", read what it wrote, and keep it if it is right.',
    'warning',
  ],
  'case/coverage-below': [
    'The cases cover less than demanded',
    'Write cases for the points that are listed; "riposte test --suggest" prints drafts.',
    'error',
  ],
} as const satisfies Record<string, Entry>;

const summaries = {
  ...compile,
  ...prove,
  ...publish,
  ...match,
  ...run,
  ...action,
  ...approval,
  ...guard,
  ...undo,
  ...auth,
  ...request,
  ...stop,
  ...audit,
  ...start,
  ...cases,
} as const;

export type Code = keyof typeof summaries;

/** Codes that the compiler reports. */
export type CompileCode = keyof typeof compile;

/** Codes of proofs. */
export type ProveCode = keyof typeof prove;

/** The same as values, for tests that want an example of each. */
export const compileCodes = Object.keys(compile) as readonly CompileCode[];

export const codes: Readonly<Record<Code, CodeEntry>> = Object.fromEntries(
  Object.entries<Entry>(summaries).map(([code, [summary, help, severity]]) => [
    code,
    { summary, help, ...(severity && { severity }), doc: `codes/${code}` },
  ]),
) as Record<Code, CodeEntry>;

/** Whether a text from outside is a code of the catalogue. */
export function isCode(text: string): text is Code {
  return Object.hasOwn(codes, text);
}
