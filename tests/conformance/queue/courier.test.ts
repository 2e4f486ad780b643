import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Courier, Lot } from '../../../engine/runtime/queue/courier.ts';
import { type Backend, usePostgresBackend, useRedisBackend } from './backends.ts';
import { buildLot } from './build-lot.ts';
import { type OpenOptions, openCourier } from './open-courier.ts';
import { patience, takeNote } from './take-note.ts';

const backends: Backend[] = [await usePostgresBackend(), await useRedisBackend()];
let namespaces = 0;

describe.each(backends)('the courier on $name', (backend) => {
  const { name, missing } = backend;
  const story = test.skipIf(missing !== null);
  const freshNamespace = (): string => `test${namespaces++}`;

  async function open(options: Partial<OpenOptions> = {}): Promise<Courier> {
    const courier = await openCourier(name, { url: backend.url, namespace: freshNamespace(), ...options });
    onTestFinished(() => courier.close(0));
    return courier;
  }

  story('delivers every lot once, with its ids, system and priority', async () => {
    const courier = await open();
    const note = takeNote();
    await courier.work(['mail', 'directory'], { concurrency: 4 }, note.perform);
    const lots = [
      buildLot('mail', { attempts: 64 }),
      buildLot('mail', { attempts: 1, priority: 1 }),
      buildLot('directory', { priority: 5 }),
    ];
    await courier.send(lots);
    await note.counts(3);
    await courier.close(5_000);
    expect([...note.lots].sort(byId)).toEqual([...lots].sort(byId));
  });

  story('a lot that is sent twice while it waits is delivered once', async () => {
    const courier = await open();
    const lot = buildLot('mail');
    await courier.send([lot]);
    await courier.send([lot, buildLot('mail')]);
    const note = takeNote();
    await courier.work(['mail'], { concurrency: 1 }, note.perform);
    await note.counts(2);
    await courier.close(5_000);
    expect(note.ids().filter((id) => id === lot.id)).toHaveLength(1);
  });

  story('takes the most urgent of a backlog first, and equals in the order they were sent', async () => {
    const courier = await open();
    const lots = [5, 3, 1, 4, 3, 2, 1].map((priority) => buildLot('mail', { priority }));
    await courier.send(lots);
    const note = takeNote();
    await courier.work(['mail'], { concurrency: 1 }, note.perform);
    await note.counts(lots.length);
    const wanted = [2, 6, 5, 1, 4, 3, 0].map((index) => lots[index]?.id);
    expect(note.ids()).toEqual(wanted);
  });

  story('works on as many lots at a time as it was told', async () => {
    const courier = await open();
    const gate = Promise.withResolvers<void>();
    const note = takeNote(() => gate.promise);
    await courier.work(['mail'], { concurrency: 3 }, note.perform);
    await courier.send(Array.from({ length: 5 }, () => buildLot('mail')));
    await note.counts(3);
    expect(note.lots).toHaveLength(3);
    gate.resolve();
    await note.counts(5);
  });

  story('two workers share the work', async () => {
    const namespace = freshNamespace();
    const [sender, left, right] = [
      await open({ namespace }),
      await open({ namespace }),
      await open({ namespace }),
    ];
    const seen = new Map<Courier, string[]>();
    const both = Promise.withResolvers<void>();
    for (const courier of [left, right]) {
      await courier.work(['mail'], { concurrency: 1 }, async (lot) => {
        seen.set(courier, [...(seen.get(courier) ?? []), lot.id]);
        // The first lot of each is held until the other has one too.
        if (seen.size === 2) both.resolve();
        await both.promise;
      });
    }
    const lots = Array.from({ length: 20 }, () => buildLot('mail'));
    await sender.send(lots);
    await vi.waitFor(() => expect([...seen.values()].flat()).toHaveLength(20), patience);
    expect([...seen.values()].flat().sort()).toEqual(lots.map((lot) => lot.id).sort());
  });

  story('delivers the lot of a worker that was killed to another one', async () => {
    const namespace = freshNamespace();
    const courier = await open({ namespace });
    const program = join(import.meta.dirname, 'hold-lots.ts');
    const child = spawn(process.execPath, [program, name, backend.url, namespace, 'mail'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const lot = buildLot('mail');
    await courier.send([lot]);
    const [said] = await once(child.stdout, 'data');
    expect(String(said)).toBe(`took ${lot.id}\n`);

    const note = takeNote();
    await courier.work(['mail'], { concurrency: 1 }, note.perform);
    child.kill('SIGKILL');
    await note.counts(1);
    expect(note.lots).toEqual([lot]);
  });

  story('an emptied queue loses its jobs and nothing else', async () => {
    const courier = await open();
    const gate = Promise.withResolvers<void>();
    const done: string[] = [];
    const note = takeNote(async (lot) => {
      if (note.lots.length === 1) await gate.promise;
      done.push(lot.id);
    });
    await courier.work(['mail'], { concurrency: 1 }, note.perform);
    const [first, lost, later] = [buildLot('mail'), buildLot('mail'), buildLot('mail')];
    await courier.send([first]);
    await note.counts(1);
    await courier.send([lost]);
    await backend.empty();
    gate.resolve();
    await courier.send([later]);
    await note.counts(2);
    await vi.waitFor(() => expect(done).toEqual([first.id, later.id]), patience);
  });

  story('a worker that waits for work is woken after its queue was emptied', async () => {
    const courier = await open();
    const note = takeNote();
    await courier.work(['mail'], { concurrency: 1 }, note.perform);
    await courier.send([buildLot('mail')]);
    await note.counts(1);
    await backend.empty();
    await courier.send([buildLot('mail')]);
    await note.counts(2);
    await backend.empty();
    // Sent by somebody else, who had a queue of the same name open all the time.
    await courier.send([buildLot('mail'), buildLot('mail')]);
    await note.counts(4);
  });

  story('while the queue is down sending is refused, and afterwards everything goes on', async () => {
    const { line, lineUrl } = backend;
    const courier = await open({ url: lineUrl });
    const note = takeNote();
    await courier.work(['mail'], { concurrency: 2 }, note.perform);
    await courier.send([buildLot('mail')]);
    await note.counts(1);

    await line.cut();
    onTestFinished(() => line.mend().catch(() => undefined));
    await expect(courier.send([buildLot('mail')])).rejects.toThrow('the queue did not take every lot');
    // A queue that nobody had opened before it went down.
    await expect(courier.send([buildLot('directory')])).rejects.toThrow('the queue did not take every lot');
    expect((await courier.ready()).ok).toBe(false);

    await line.mend();
    await vi.waitFor(() => courier.send([buildLot('mail')]), patience);
    await note.counts(2);
    await vi.waitFor(() => courier.send([buildLot('directory')]), patience);
    await vi.waitFor(
      async () => expect(await courier.ready()).toEqual({ ok: true, detail: 'the queue answers' }),
      patience,
    );
  });

  story('a lot under way when the queue goes down is finished', async () => {
    const { line, lineUrl } = backend;
    const courier = await open({ url: lineUrl });
    const gate = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    const done: string[] = [];
    await courier.work(['mail'], { concurrency: 1 }, async (lot, signal) => {
      signals.push(signal);
      await gate.promise;
      done.push(lot.id);
    });
    const lot = buildLot('mail');
    await courier.send([lot]);
    await vi.waitFor(() => expect(signals).toHaveLength(1), patience);
    await line.cut();
    onTestFinished(() => line.mend().catch(() => undefined));
    gate.resolve();
    await vi.waitFor(() => expect(done).toEqual([lot.id]), patience);
    expect(signals[0]?.aborted).toBe(false);
    await line.mend();
    const next = buildLot('mail');
    await vi.waitFor(() => courier.send([next]), patience);
    await vi.waitFor(() => expect(done).toContain(next.id), patience);
  });

  story('closing waits for the running lot and takes no other', async () => {
    const namespace = freshNamespace();
    const courier = await open({ namespace });
    const gate = Promise.withResolvers<void>();
    const note = takeNote(() => gate.promise);
    await courier.work(['mail'], { concurrency: 1 }, note.perform);
    const [running, waiting] = [buildLot('mail'), buildLot('mail')];
    await courier.send([running, waiting]);
    await note.counts(1);

    let closed = false;
    const closing = courier.close(60_000).then(() => {
      closed = true;
    });
    await expect(courier.send([buildLot('mail')])).resolves.toBeUndefined();
    expect(closed).toBe(false);
    gate.resolve();
    await closing;
    expect(note.ids()).toEqual([running.id]);
    await expect(courier.send([buildLot('mail')])).rejects.toThrow('the courier is closed');
    expect(await courier.ready()).toEqual({ ok: false, detail: 'the courier is closed' });

    const other = await open({ namespace });
    const rest = takeNote();
    await other.work(['mail'], { concurrency: 1 }, rest.perform);
    await rest.counts(2);
    expect(rest.ids()).not.toContain(running.id);
  });

  story('a lot that outlasts the grace period is told to stop and is delivered again', async () => {
    const namespace = freshNamespace();
    const courier = await open({ namespace });
    const started = Promise.withResolvers<AbortSignal>();
    await courier.work(['mail'], { concurrency: 1 }, (_, signal) => {
      started.resolve(signal);
      return new Promise(() => undefined);
    });
    const lot = buildLot('mail');
    await courier.send([lot]);
    const signal = await started.promise;
    expect(signal.aborted).toBe(false);
    await courier.close(10);
    expect(signal.aborted).toBe(true);

    const other = await open({ namespace });
    const note = takeNote();
    await other.work(['mail'], { concurrency: 1 }, note.perform);
    await note.counts(1);
    expect(note.lots).toEqual([lot]);
  });

  story('closes while the queue is down', async () => {
    const { line, lineUrl } = backend;
    const courier = await open({ url: lineUrl });
    await courier.work(['mail', 'directory'], { concurrency: 1 }, takeNote().perform);
    await line.cut();
    onTestFinished(() => line.mend().catch(() => undefined));
    await expect(courier.close(1_000)).resolves.toBeUndefined();
  });

  story('lots of a system that nobody works for wait until somebody does', async () => {
    const courier = await open();
    const lot = buildLot('never-heard-of');
    await courier.send([lot]);
    const note = takeNote();
    await courier.work(['never-heard-of'], { concurrency: 1 }, note.perform);
    await note.counts(1);
    expect(note.lots).toEqual([lot]);
  });

  story('two installations on one server do not see each other', async () => {
    const [ours, theirs] = [await open({ namespace: 'a' }), await open({ namespace: 'a-b' })];
    const [our, their] = [takeNote(), takeNote()];
    await ours.work(['b-mail', 'mail'], { concurrency: 1 }, our.perform);
    await theirs.work(['mail'], { concurrency: 1 }, their.perform);
    const [one, other] = [buildLot('mail'), buildLot('mail')];
    await ours.send([one]);
    await theirs.send([other]);
    await our.counts(1);
    await their.counts(1);
    expect(our.ids()).toEqual([one.id]);
    expect(their.ids()).toEqual([other.id]);
  });

  story('stores ids, and after the work not even those', async () => {
    await backend.empty();
    const courier = await open();
    const lot: Lot = { ...buildLot('mail', { priority: 2 }), ...{ subject: 'the text of an alert' } };
    await courier.send([lot]);
    const waiting = await backend.contents();
    for (const id of [lot.id, ...lot.attemptIds]) expect(waiting).toContain(id);
    expect(waiting).not.toContain('the text of an alert');

    const note = takeNote(() => Promise.reject(new Error('the host srv-42 did not answer')));
    await courier.work(['mail'], { concurrency: 1 }, note.perform);
    await note.counts(1);
    await courier.close(5_000);
    const after = await backend.contents();
    expect(after).not.toContain('srv-42');
    for (const id of lot.attemptIds) expect(after).not.toContain(id);
  });

  story('a lot whose work breaks off is logged by name, and the next one is taken', async () => {
    const lines: string[] = [];
    const log: OpenOptions['log'] = (level, message, fields) =>
      void lines.push(JSON.stringify([level, message, fields]));
    const courier = await open({ log });
    const note = takeNote((lot) =>
      lot.priority === 1
        ? Promise.reject(new TypeError('the host srv-42 did not answer'))
        : Promise.resolve(),
    );
    await courier.work(['mail'], { concurrency: 1 }, note.perform);
    await courier.send([buildLot('mail', { priority: 1 }), buildLot('mail', { priority: 2 })]);
    await note.counts(2);
    expect(lines.filter((line) => line.includes('TypeError'))).toHaveLength(1);
    expect(lines.join()).not.toContain('srv-42');
  });

  story('refuses names and priorities that would end up elsewhere', async () => {
    const courier = await open();
    await expect(courier.send([buildLot('mail:delayed')])).rejects.toThrow();
    await expect(courier.send([buildLot('mail', { priority: 0 })])).rejects.toThrow('priority 0');
    await expect(openCourier(name, { url: backend.url, namespace: 'a.b' })).rejects.toThrow(
      'namespace "a.b"',
    );
  });
});

function byId(one: Lot, other: Lot): number {
  return one.id < other.id ? -1 : 1;
}
