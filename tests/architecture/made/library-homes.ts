import { good, type Made, one } from './made.ts';

const record = 'engine/decisions/0008-dependencies.md';

export const madeHomes: Made = {
  broken: [
    one(
      'a statechart outside of its two files',
      'engine/core/run/a.ts',
      "import 'xstate';",
      'build-machine.ts',
    ),
    one(
      'a statechart that runs where only its type may be',
      'engine/runtime/engine-parts.ts',
      "import { createActor } from 'xstate';",
      'its types only',
    ),
    one(
      'a second home of the queue',
      'engine/runtime/a.ts',
      "import { Queue } from 'bullmq';",
      'engine/runtime/queue/',
    ),
    one(
      'a type of the queue elsewhere',
      'api/http/a.ts',
      "import type { Job } from 'bullmq';",
      'engine/runtime/queue/',
    ),
    one(
      'Redis outside of the queue',
      'engine/runtime/a.ts',
      "export const a = () => import('ioredis');",
      'queue',
    ),
    one('SQL at the door', 'api/routes/a.ts', "import { Pool } from 'pg';", 'engine/runtime/store/'),
    one('HTTP serving below the door', 'engine/runtime/a.ts', "import express from 'express';", 'api/'),
    one(
      'an action with its own HTTP client',
      'actions/edr/a.ts',
      "import { request } from 'undici';",
      'engine/runtime/http/',
    ),
    one(
      'expressions outside of their adapter',
      'engine/core/match/a.ts',
      "import '@marcbachmann/cel-js/evaluator';",
      'expression',
    ),
    one('YAML at run time', 'engine/runtime/a.ts', "import { parse } from 'yaml';", 'engine/core/compile/'),
    one('commands on the server side', 'api/http/a.ts', "import { Command } from 'commander';", 'api/cli/'),
    one('a library that nobody decided on', 'actions/edr/a.ts', "import _ from 'lodash';", 'has no home'),
    one('a module of the runtime without its prefix', 'engine/runtime/a.ts', "import 'fs';", 'has no home'),
    {
      why: 'a dependency that the record does not explain, a ghost in it, and one without a home',
      files: {
        'package.json':
          '{"dependencies":{"pg":"1.0.0","leftpad":"1.0.0"},"devDependencies":{"vitest":"1.0.0"}}',
        [record]: '| `pg` | truth | … |\n| `vitest` | proof | … |\n| `moment` | time | … |\n',
      },
      at: [record, record, 'package.json'],
      message: '"',
    },
  ],
  fine: [
    good(
      'a type where it may be',
      'engine/runtime/engine-parts.ts',
      "import type { AnyStateMachine } from 'xstate';",
    ),
    good(
      'two words of it where it lives',
      'engine/core/run/move-machine.ts',
      "import { transition } from 'xstate';",
    ),
    good(
      'a queue on PostgreSQL',
      'engine/runtime/queue/a.ts',
      "import 'pg'; import 'bullmq'; import 'ioredis';",
    ),
    good('a test that uses what it likes', 'tests/a/b.test.ts', "import 'pg'; import 'fast-check';"),
    {
      why: 'a record that says it all',
      files: { 'package.json': '{"dependencies":{"pg":"1.0.0"}}', [record]: '| `pg` | truth | … |\n' },
    },
  ],
};
