/*
 * The five fields of a schedule: minute, hour, day of month, month, day of week. Lists, ranges, steps
 * and English names as in crontab; nothing that only some programs know (no seconds, `L`, `W`, `@daily`).
 */

export interface Cron {
  minutes: ReadonlySet<number>;
  hours: ReadonlySet<number>;
  days: ReadonlySet<number>;
  months: ReadonlySet<number>;
  /** 0 is Sunday. */
  weekdays: ReadonlySet<number>;
  /** The hour field is a star or a step of it: it means a rhythm, not a time of the day. */
  everyHour: boolean;
  /** When both day fields are restricted, either is enough: crontab's rule. */
  eitherDay: boolean;
}

export type ParsedCron = { ok: true; cron: Cron } | { ok: false; message: string };

interface Field {
  name: string;
  min: number;
  max: number;
  names: readonly string[];
}

const fields: readonly [Field, Field, Field, Field, Field] = [
  { name: 'minute', min: 0, max: 59, names: [] },
  { name: 'hour', min: 0, max: 23, names: [] },
  { name: 'day of month', min: 1, max: 31, names: [] },
  {
    name: 'month',
    min: 1,
    max: 12,
    names: ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
  },
  { name: 'day of week', min: 0, max: 7, names: ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] },
];

export function parseCron(text: string): ParsedCron {
  const written = text.trim().split(/\s+/);
  if (written.length !== fields.length) {
    return {
      ok: false,
      message: `a schedule has five fields (minute hour day month weekday), not ${written.length}`,
    };
  }
  const sets: Set<number>[] = [];
  for (const [index, field] of fields.entries()) {
    const read = readField(written[index] ?? '', field);
    if (typeof read === 'string') return { ok: false, message: read };
    sets.push(read);
  }
  const [minutes, hours, days, months, weekdays] = sets as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ];
  if (weekdays.delete(7)) weekdays.add(0);
  const restricted = (index: number) => written[index]?.startsWith('*') === false;
  return {
    ok: true,
    cron: {
      minutes,
      hours,
      days,
      months,
      weekdays,
      everyHour: !restricted(1),
      eitherDay: restricted(2) && restricted(4),
    },
  };
}

/** The values of one field, or what is wrong with it. */
function readField(text: string, field: Field): Set<number> | string {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const [, from, to, step] = /^(\*|[0-9a-z]+)(?:-([0-9a-z]+))?(?:\/([0-9]+))?$/i.exec(part) ?? [];
    if (from === undefined || (from === '*' && to !== undefined))
      return `"${part}" is not a ${field.name}: write a number, a range such as 1-5, a list, or a step such as */15`;
    const first = from === '*' ? field.min : readValue(from, field);
    const last =
      from === '*'
        ? field.max
        : to !== undefined
          ? readValue(to, field)
          : step !== undefined
            ? field.max
            : first;
    const every = step === undefined ? 1 : Number(step);
    if (first === null || last === null || first > last || every < 1 || every > field.max)
      return `"${part}" is not a ${field.name}: it runs from ${field.min} to ${field.max}`;
    for (let value = first; value <= last; value += every) values.add(value);
  }
  return values;
}

function readValue(text: string, field: Field): number | null {
  const named = field.names.indexOf(text.toLowerCase());
  if (named >= 0) return named + field.min;
  if (!/^[0-9]{1,2}$/.test(text)) return null;
  const value = Number(text);
  return value >= field.min && value <= field.max ? value : null;
}
