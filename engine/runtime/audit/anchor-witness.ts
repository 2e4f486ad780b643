import { cosignatureOf, formatAddCheckpoint, parseKnownSize } from '../../core/audit/add-checkpoint.ts';
import { parseNote } from '../../core/audit/signed-note.ts';
import type { VerifierKey } from '../../core/audit/verifier-key.ts';
import type { Http, HttpResponse } from '../../core/contracts/ports.ts';
import { AuditAlarm } from './alarm.ts';
import type { AnchorPlace, Carried, LogTree } from './anchor-place.ts';

const timeoutMs = 5_000;

/**
 * A C2SP witness: it cosigns a checkpoint only after a proof that it continues the last one it saw. What
 * it knows is asked by telling it, so a fork shows when the newest kept head is brought there.
 */
export function anchorWitness(http: Http, witness: VerifierKey, url: string): AnchorPlace {
  const name = `witness ${witness.name}`;
  const send = (body: string): Promise<HttpResponse> =>
    http.send({
      method: 'POST',
      url: `${url}/add-checkpoint`,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body,
      timeoutMs,
    });
  /** What it had last, to save the question; a wrong guess costs one more exchange. */
  let known = 0;

  return {
    name,
    wants: 'newest',
    newest: async () => null,
    async carry(checkpoint, _log, tree) {
      if (known > checkpoint.size) known = 0;
      const ask = async (): Promise<HttpResponse> => {
        const proof = known === 0 ? [] : await tree.prove(known);
        return await send(formatAddCheckpoint({ old: known, proof, note: checkpoint.note }));
      };
      let answer = await ask();
      if (answer.status === 409) {
        known = await sizeKnown(name, answer.text, checkpoint, tree);
        answer = await ask();
      }
      if (answer.status === 422)
        throw new AuditAlarm(
          'audit/fork',
          `${name} knows ${known} entries, and ${checkpoint.size} of this log do not continue them`,
        );
      if (answer.status !== 200) throw new Error(`${name} answers ${answer.status}`);
      const text = parseNote(checkpoint.note)?.text ?? '';
      const line = cosignatureOf(answer.text, text, witness);
      if (line === null) throw new Error(`${name} answers without a cosignature by its key`);
      known = checkpoint.size;
      return [{ witness: witness.name, line }];
    },
  };
}

async function sizeKnown(name: string, body: string, checkpoint: Carried, tree: LogTree): Promise<number> {
  const size = parseKnownSize(body);
  if (size === null) throw new Error(`${name} answers 409 without a size`);
  if (size <= checkpoint.size) return size;
  // Another sequencer may have brought a newer head meanwhile; then the next look brings the newest.
  const here = await tree.size();
  if (size <= here)
    throw new Error(`${name} has seen ${size} entries, more than the ${checkpoint.size} of this head`);
  throw new AuditAlarm('audit/fork', `${name} has cosigned ${size} entries, the log has only ${here}`);
}
