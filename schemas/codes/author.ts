import type { CodeWords } from './words.ts';

/** What authors of playbooks meet beside the compiler: triggers, cases, proofs. */

export const matchWords = {
  'match/duplicate': ['An earlier run covers it', '`dedupe` says for how long.'],
  'match/group-full': ['The concurrency group is full', '`concurrency.on_conflict` says to skip then.'],
  'match/not-storable': [
    'No run could be stored for it',
    'The data cannot be kept as it is. Look at the alert by hand.',
  ],
  'match/redelivered': ['This has started this run before', 'Nothing to do: one event starts one run.'],
  'match/no-candidate': [
    'No trigger looks for such an event',
    'Run "riposte explain --alert" to see, trigger by trigger, what it lacks.',
  ],
  'match/expression-failed': [
    'A trigger condition failed',
    'The event started nothing through this trigger. Correct the expression.',
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
  'match/loop': ['Runs start each other in a circle', 'The chain was stopped. Narrow the trigger.', 'error'],
  'match/disabled': ['The trigger is switched off', 'Set `enabled` to true, or leave it out.'],
  'match/not-true': ['The condition of the trigger is false', 'It looks at other events. Nothing to do.'],
  'match/no-elements': ['The list of elements is empty', 'Nothing was hit, so nothing started.'],
  'match/own-doing': [
    'A run of the same playbook caused the event',
    'It was ignored, so that playbooks do not wake themselves.',
  ],
  'match/routed-away': [
    'The routing file keeps the event from this playbook',
    'Change the routing if the playbook should answer.',
  ],
  'match/unknown-playbook': [
    'The routing file names a playbook that does not exist',
    'Correct the id, or publish the playbook.',
    'error',
  ],
} as const satisfies Record<string, CodeWords>;

export const caseWords = {
  'case/not-started': [
    'The given alert does not start the playbook',
    'Give an alert that the trigger matches, or expect "run: not-started".',
    'error',
  ],
  'case/to-record': [
    'A case has no expectation yet',
    'Run "riposte test --update", read what it wrote, and keep it if it is right.',
    'warning',
  ],
  'case/unknown-playbook': [
    'The playbook of a case file cannot be used',
    'Correct the path, or make the playbook compile first.',
    'error',
  ],
  'case/bad-file': [
    'The file of cases cannot be read',
    'It is YAML of kind cases/v1; its schema is `riposte schema cases`.',
    'error',
  ],
  'case/bad-fixture': [
    'A fixture is not what its schema says',
    'Correct the fixture, or normalise it again from what the source sends today.',
    'error',
  ],
  'case/unknown-name': [
    'A case names something the playbook does not have',
    'Correct the name of the step, action, input or trigger.',
    'error',
  ],
  'case/unexpected-action': [
    'An action has no answer in the case',
    'Give it one under `given.actions`, by step id or by action key.',
    'error',
  ],
  'case/schema-drift': [
    'An answer does not fit the output schema of its action',
    'The action changed, or the case never fitted. Correct the answer.',
    'error',
  ],
  'case/refused-decision': [
    'A decision of the case would not count',
    'Whoever decides must be among the approvers, and the step must be asking at that time.',
    'error',
  ],
  'case/endless': [
    'The run of a case does not come to an end',
    'Give the signal or the decision it waits for, or expect it to be waiting.',
    'error',
  ],
  'case/not-met': [
    'The run did something else than the case expects',
    'The difference says what. Correct the playbook, or the case if the change is wanted.',
    'error',
  ],
  'case/coverage-below': [
    'The cases reach less of the playbook than asked for',
    'Add cases for the points in the list; `riposte test --suggest` writes skeletons.',
    'error',
  ],
  'case/required': [
    'This server publishes it with passing cases only',
    'Play them with `riposte test`, correct what fails, and publish the playbook with the file beside it.',
    'error',
  ],
  'case/not-played': [
    'The server could not play the cases to their end',
    'They take too long or too much memory: make them fewer or simpler. `riposte test` plays them without these bounds.',
    'error',
  ],
} as const satisfies Record<string, CodeWords>;

export const proveWords = {
  'prove/doubled-effect': [
    'An effect can happen twice on one target',
    'Look at the path; make the second step depend on the first, or take it out.',
    'error',
  ],
  'prove/effect-after-stop': [
    'Something can act after a no, a stop or a cancel',
    'Look at the path; let the step depend on the answer.',
    'error',
  ],
  'prove/unbounded-wait': [
    'A state can be reached that nothing ends',
    'Give the wait on the path a timeout.',
    'error',
  ],
  'prove/ungated-target': [
    'A protected target can be contained without a person',
    'Look at the path; add an approval or a guard that it cannot avoid.',
    'error',
  ],
  'prove/unreachable-step': [
    'No run can reach the step',
    'Remove it, or correct the condition before it.',
    'error',
  ],
  'prove/unreleased-containment': [
    'A containment can outlive everybody who knows of it',
    'Give it a lease, or an undo on the path.',
    'warning',
  ],
  'prove/untold-unknown': [
    'An unknown outcome can end without anybody being told',
    'Handle the failure: tell somebody in on_error or on_failure.',
    'error',
  ],
  'prove/bound-reached': [
    'The playbook has more states than were looked at',
    'What was looked at is in order; the rest is not proved. Raise the bound or simplify the playbook.',
    'warning',
  ],
} as const satisfies Record<string, CodeWords>;
