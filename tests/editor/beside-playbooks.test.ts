import { afterAll, describe, expect, it } from 'vitest';
import { LanguageServer } from './language-server.ts';

/* The files beside playbooks, cases and routing, as the editor sees them. */

const server = await LanguageServer.start();
afterAll(() => server.stop());

const schema = (name: string) => `# yaml-language-server: $schema=../../schemas/${name}-v1.schema.json`;
const labels = async (marked: string) => (await server.complete(marked)).map(({ label }) => label);

describe('cases', () => {
  const head = `${schema('cases')}\nkind: cases/v1\nplaybook: ./a.yaml\n`;
  const inCase = `${head}cases:\n  - name: a\n    `;

  it('complete their keys, outcomes and answers', async () => {
    const wanted: [string, string[]][] = [
      [`${head}¦`, ['given', 'cases']],
      [`${head}cases:\n  - ¦`, ['name', 'given', 'signals', 'decisions', 'expect']],
      [`${inCase}expect:\n      ¦`, ['run', 'performed', 'never', 'approvals', 'holds', 'check']],
      [`${inCase}expect:\n      run: ¦`, ['succeeded', 'denied', 'not-started']],
      [`${inCase}decisions:\n      - ¦`, ['step', 'by', 'outcome', 'at']],
      [`${head}given:\n  actions:\n    a.b:\n      ¦`, ['outputs', 'fail', 'accepted', 'unknown']],
    ];
    for (const [marked, expected] of wanted) {
      const offered = await labels(marked);
      expect(
        expected.filter((name) => !offered.includes(name)),
        marked,
      ).toEqual([]);
    }
  });

  it('explain what is compared, and underline slips', async () => {
    expect(await server.hover(`${inCase}expect:\n      perf¦ormed: []\n`)).toContain('Exact for contain');
    const remarks = await server.validate(
      `${inCase}decisions: [{ step: a, outcome: yes }]\n    expect:\n      run: sucess\n      nver: []\n`,
    );
    expect(remarks).toContainEqual(
      expect.objectContaining({ at: 'yes', message: expect.stringContaining('"granted"') }),
    );
    expect(remarks).toContainEqual(
      expect.objectContaining({ at: 'sucess', message: expect.stringContaining('"succeeded"') }),
    );
    expect(remarks).toContainEqual(
      expect.objectContaining({ at: 'nver', message: expect.stringContaining('not allowed') }),
    );
    expect(await server.validate(`${inCase}expect: { run: succeeded }\n`)).toEqual([]);
  });
});

describe('a routing file', () => {
  const head = `${schema('routing')}\nkind: routing/v1\n`;

  it('completes, explains and underlines', async () => {
    expect(await labels(`${head}¦`)).toContain('playbooks');
    const offered = await labels(`${head}playbooks:\n  - ¦`);
    expect(['id', 'order', 'match', 'mode'].filter((name) => !offered.includes(name))).toEqual([]);
    expect(await labels(`${head}playbooks:\n  - id: a\n    mode: ¦`)).toEqual(['audit', 'ask', 'enforce']);
    expect(await server.hover(`${head}playbooks:\n  - id: a\n    mo¦de: audit\n`)).toContain('never raises');
    const remarks = await server.validate(`${head}playbooks:\n  - id: a\n    mode: bold\n    ordr: 1\n`);
    expect(remarks.map(({ at }) => at).sort()).toEqual(['bold', 'ordr']);
    expect(await server.validate(`${head}playbooks:\n  - { id: a, mode: audit }\n`)).toEqual([]);
  });
});
