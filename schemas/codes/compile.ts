import type { CodeWords } from './words.ts';

/** What the compiler finds in a playbook. */
export const compileWords = {
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
  'compile/deprecated-action': [
    'The action should not be used any more',
    'Use the action that the message names; the old one is removed with its next major version.',
    'warning',
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
  'compile/unknown-destination': [
    'Nobody can be told there',
    'Write chat:<channel> or mail:<address>, and configure its connection.',
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
  'compile/unkeyed-since': [
    'A look back to the beginning without anything to look for',
    'Name the incident or the target in match, or leave since out.',
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
  'compile/unreleased-containment': [
    'A containment that nothing ever takes back',
    'Give it a lease, or an undo that can be reached, so that nobody forgets it.',
    'warning',
  ],
  'compile/undo-of-nothing': [
    'There is nothing to take back',
    'Name a step that changes something and can be reversed, or leave the undo or the lease out.',
    'error',
  ],
  'compile/unbounded-wait': [
    'A wait that does not end by itself',
    'Give it a timeout that is shorter than the timeout of the run.',
    'warning',
  ],
  'compile/loop-too-large': [
    'A loop is larger than a run can carry',
    'At most 5,000 items and 100 rounds, nested loops multiplied. Narrow the list, or split the playbook.',
    'error',
  ],
  'compile/version-not-raised': [
    'The playbook changed and its version did not',
    'Raise `version`: people tell versions apart by it.',
    'error',
  ],
  'compile/newer-child': [
    'A called playbook has a newer version than the one this calls',
    'Read what changed in it, then publish the caller again.',
    'warning',
  ],
} as const satisfies Record<string, CodeWords>;
