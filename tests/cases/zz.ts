import { readFileSync, existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readCases } from '../../engine/core/cases/read-cases.ts';
import { suggestCases } from '../../engine/core/cases/suggest/suggest-cases.ts';
import { playbookAt } from './golden.ts';
const under = playbookAt(process.argv[2]!);
console.log(suggestCases(under, { file: null, covered: new Set(), playbook: './x.yaml' }, () => null).yaml);
