import type { Command } from 'commander';
import { type CommonOptions, optionsOf } from '../list-command.ts';
import { confirm, type OrderOptions, propose, show } from './orders.ts';

/** A place outside that is gone for ever would be waited for for ever; two people give it up. */
export function addPlaceCommands(audit: Command): void {
  const places = audit
    .command('places')
    .description('where the log stands outside of the database; two people give up one that is gone');
  places
    .command('show')
    .description('the places there are, how far each has come, what is wrong, and what is proposed')
    .action((_options: unknown, command: Command) => show(optionsOf<CommonOptions>(command)));
  places
    .command('give-up')
    .description('the first of two people: propose that nobody asks this place or waits for it any more')
    .argument('<place>', 'its name, as `riposte audit places show` prints it')
    .requiredOption('--reason <text>', 'why it does not come back')
    .requiredOption('--sign-in <link>', 'a fresh one-time link of whoever proposes')
    .action((place: string, _options: unknown, command: Command) =>
      propose('place', optionsOf<OrderOptions>(command), { place }),
    );
  places
    .command('confirm')
    .description('the second one: confirm what you have read; the sequencer then goes on without the place')
    .argument('<digest>', 'as `riposte audit places show` prints it')
    .requiredOption('--sign-in <link>', 'a fresh one-time link of whoever confirms')
    .action((digest: string, _options: unknown, command: Command) =>
      confirm(digest, optionsOf<OrderOptions>(command)),
    );
}
