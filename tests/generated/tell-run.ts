import { parse, stringify } from 'yaml';
import { generatedPlan, playOnce } from './play-generated.ts';
import { writePlaybook } from './write-playbook.ts';

/* `node tests/generated/tell-run.ts <seed> <drive>` prints a generated playbook and what happened. */

const [seed = 0, drive = 0] = process.argv.slice(2).map(Number);
console.log(stringify(parse(writePlaybook(seed)), { lineWidth: 160 }));
playOnce(generatedPlan(seed), seed, drive, ({ scope, event, before, after, commands }) => {
  const was = 'context' in before ? before.context.steps : {};
  const now = 'context' in after ? Object.entries(after.context.steps) : [];
  const moved = now
    .filter(([path, step]) => was[path]?.status !== step.status)
    .map(([path, step]) => `${path}=${step.status}${step.failure === null ? '' : ` (${step.failure.code})`}`);
  const ref = 'ref' in event ? ` ${event.ref}` : '';
  console.log(
    `${scope.path} ${event.type}${ref} → ${moved.join(', ')} | ${commands.map(({ kind }) => kind).join(' ')}`,
  );
});
