import type { CodeWords } from './words.ts';

/** What can happen to a run, its actions and its questions. */

export const runWords = {
  'run/call-too-deep': [
    'Playbooks call each other more than three deep',
    'Call the innermost one from further out.',
  ],
  'run/not-restartable': [
    'This step cannot be restarted',
    'Failed and denied steps of the main part can; inside a loop the loop is restarted.',
  ],
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
  'run/stopped': ['The playbook ended the run with stop', 'The reason is in the run.'],
  'run/halted': [
    'A mistake of ours halted the run',
    "Nothing more is done in it. The log has the cause under the run's id.",
  ],
  'run/too-many-entries': ['The run reached 10,000 entries', 'It was stopped. Split the playbook.'],
  'run/output-too-large': ['The output of a step is larger than 256 KiB', 'Ask the action for less.'],
  'run/items-failed': ['Items of a loop failed', 'Look at the items: each says what happened to it.'],
  'run/wait-timed-out': [
    'What was waited for did not come in time',
    'Write "on_timeout: continue" if the run should go on without it.',
  ],
} as const satisfies Record<string, CodeWords>;

export const actionWords = {
  'action/invalid-input': [
    'The arguments do not fit the action',
    'Nothing was sent. Look at the values the step rendered.',
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
  'action/did-not-happen': [
    'A person looked: it did not happen',
    'The step failed without effect. Restart it if it is still wanted.',
  ],
  'action/unknown-connection': [
    'No connection for this action',
    'Configure the connection, or correct its name in the playbook.',
  ],
} as const satisfies Record<string, CodeWords>;

export const taskWords = {
  'task/needs-person': ['Only a person may answer', 'A service cannot say what became of it. Sign in.'],
  'task/closed': ['Nobody is asked any more', 'What was answered before, or silence, stands.'],
  'task/digest-mismatch': [
    'The answer names another attempt',
    'Nothing was recorded. Read the task again, then answer.',
  ],
  'task/precondition-required': [
    'The answer does not say which attempt it is about',
    'Send If-Match with the ETag of the task, or its digest.',
  ],
  'task/proof-required': ['An answer needs what was seen', 'Say what you looked at and what it showed.'],
  'task/cannot-ask': [
    'The target cannot be asked',
    'This action has no way to read the state. Look at it by hand.',
  ],
  'task/being-asked': ['The target is being asked just now', 'Wait for what it says.'],
} as const satisfies Record<string, CodeWords>;

export const approvalWords = {
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
  'approval/not-editable': [
    'This argument may not be changed',
    'The playbook lists under `editable` what an approver may change. Deny it and say why.',
  ],
  'approval/edit-rejected': [
    'The change was not taken',
    'Nothing was changed and the question stands. Correct the values.',
  ],
  'approval/moving-target': [
    'The action kept changing while it was asked about',
    'It was asked three times. Look at what changes its arguments.',
  ],
  'approval/superseded': ['A newer question replaced this one', 'Decide on the newer one.'],
  'approval/grant-void': [
    'A yes was taken back before it could be used',
    'Somebody who said yes is no longer active or asked. It is asked anew.',
  ],
  'approval/grant-expired': [
    'A yes was not used in time',
    'Fifteen minutes after the yes the action had not gone out. It is asked anew.',
  ],
  'approval/cancelled': ['The run ended before a decision', 'Nothing to decide any more.'],
  'approval/no-approver': [
    'Nobody can decide',
    'Fewer people are eligible than the quorum asks for. Name more approvers.',
  ],
  'approval/break-glass-reason': [
    'Deciding alone needs a reason',
    'Say what cannot wait and who was not reached, in 20 to 2,000 characters.',
  ],
  'approval/break-glass-too-new': [
    'The role to decide alone counts after a day',
    'Whoever holds it for longer decides, or the people who are asked.',
  ],
  'approval/break-glass-limit': [
    'Decided alone too often within a day',
    'Somebody else decides: another one with the role, or the people who are asked.',
  ],
  'approval/break-glass-locked': [
    'An earlier use was not reviewed within a day',
    'Another person reviews it, on its card or with POST /v1/approvals/{id}/break-glass/review.',
  ],
  'approval/break-glass-quorum': [
    'The guardrails want more people than one',
    'Others who are asked say yes first; then whoever breaks the glass is the last of them.',
  ],
  'approval/mutual-review': [
    'Two people do not review each other',
    'Somebody else reviews it: an operator, an administrator or an auditor.',
  ],
  'approval/no-vote': ['You have not decided about it', 'There is no decision of yours to take back.'],
  'approval/too-late-to-withdraw': [
    'It was granted before you took your yes back',
    'Undo takes back what it does; a stop holds what has not gone out yet.',
  ],
  'approval/already-extended': ['The time was extended before', 'It can be extended once.'],
  'approval/not-told': [
    'Somebody could not be told of the question',
    'The card says why. Tell them yourself, and correct the destination or its connection.',
  ],
  'approval/not-shown': [
    'An argument cannot be shown in full',
    'What cannot be read cannot be approved; denying stays possible.',
  ],
} as const satisfies Record<string, CodeWords>;

export const guardWords = {
  'guard/denied': ['A guard forbids it', "The guard's message says why. Contain by hand if it must be."],
  'guard/unknown-fact': [
    'A guard needs a fact that nobody has looked up',
    'Look the target up in a step before; the message names the fact and the look-ups that find it.',
  ],
  'guard/limit-exceeded': [
    'More targets than the limit allows',
    'Wait for the window to pass, or ask an operator.',
  ],
} as const satisfies Record<string, CodeWords>;

export const undoWords = {
  'undo/cannot-tell': [
    'The target did not say what state it is in',
    'Nothing was sent. Try again when it answers, accept it as it is, or order the inverse knowing this.',
  ],
  'undo/changed-since': [
    'Somebody has changed the target since',
    'Nothing was sent. Look at the target, then accept it as it is or order the inverse knowing this.',
  ],
  'undo/failed': ['Taking it back failed', 'Look at the target, then retry the record.'],
  'undo/incomplete': [
    'Not everything could be taken back',
    'Each record says how it ended; retry those that failed from the console.',
  ],
  'undo/no-inverse': [
    'There is no way to take it back',
    'Nothing was sent and nothing has changed. The message says why; take it back by hand in the product.',
  ],
  'undo/not-ended': [
    'The run is still under way',
    'Cancel it with undo, or wait for its end and take it back then.',
  ],
  'undo/nothing-left': [
    'Nothing of it is left to be taken back',
    'Look at the steps: each says what became of its effect.',
  ],
  'undo/under-way': [
    'The same effect is just being taken back from this target',
    'It goes on by itself when that undo has ended; nothing was sent.',
  ],
} as const satisfies Record<string, CodeWords>;
