import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { moveSample } from '../../api/process/demo/move-sample.ts';
import type { JsonObject } from '../../schemas/json.ts';

const path = join(import.meta.dirname, '../../examples/alerts/01-ransomware-on-workstations.json');

describe('a sample alert of the demo', () => {
  it('is as old as the demo, and differs in nothing but its times', async () => {
    const sample = JSON.parse(await readFile(path, 'utf8')) as JsonObject;
    const moved = moveSample(sample, Date.parse('2027-02-28T23:59:50Z')) as JsonObject;
    expect(moved.createdDateTime).toBe('2027-02-28T23:59:50.0000000Z');
    // Nine seconds before the alert in the sample too.
    const [first] = moved.evidence as JsonObject[];
    expect(first?.createdDateTime).toBe('2027-02-28T23:59:41.0000000Z');
    const withoutTimes = (value: unknown) =>
      JSON.stringify(value).replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time');
    expect(withoutTimes(moved)).toBe(withoutTimes(sample));
  });

  it('is the same message whenever it is moved to the same moment', async () => {
    const sample = JSON.parse(await readFile(path, 'utf8')) as JsonObject;
    expect(moveSample(sample, 1_800_000_000_000)).toEqual(moveSample(sample, 1_800_000_000_000));
  });

  it('that does not say when it was created is none', () => {
    expect(() => moveSample({ title: 'x' }, 0)).toThrow('when it was created');
  });
});
