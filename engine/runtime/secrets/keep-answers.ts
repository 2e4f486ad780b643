/** Everybody who asks the same while it is sought, or as long as it is kept, gets one answer. */
export type Keep = (
  key: string,
  /** How long an answer and a failure stay, from the moment they are there. */
  times: { answerMs: number; failureMs: number },
  ask: () => Promise<string>,
) => Promise<string>;

/**
 * A failure is kept too, shortly: whoever sends us thousands of messages makes us ask a store that is down once.
 * What is not kept any more is let go at once, not when somebody comes by: a value stays in memory no longer than it counts.
 */
export function createKeep(): Keep {
  const known = new Map<string, Promise<string>>();
  return (key, { answerMs, failureMs }, ask) => {
    const found = known.get(key);
    if (found !== undefined) return found;
    const answer = ask();
    known.set(key, answer);
    const forgetIn = (ms: number) => {
      const forget = () => {
        if (known.get(key) === answer) known.delete(key);
      };
      if (ms <= 0) forget();
      else setTimeout(forget, ms).unref();
    };
    answer.then(
      () => forgetIn(answerMs),
      () => forgetIn(failureMs),
    );
    return answer;
  };
}
