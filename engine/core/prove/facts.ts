/*
 * What is known at one point of one path: a small set of named facts. A value of its own, so that two
 * paths that know the same at the same place are one state and are followed once.
 *
 *   status <step path>     how the step ended, or several words joined by `|`
 *   value <body> <text>    the constant that an expression's text stands for
 *   not <body> <text> <c>  a constant that it is not
 *   held <body> <text>     whether a condition that cannot be read any further held
 */
export class Facts {
  static readonly none = new Facts(new Map());

  readonly #known: ReadonlyMap<string, string>;
  #key: string | null = null;

  private constructor(known: ReadonlyMap<string, string>) {
    this.#known = known;
  }

  get(name: string): string | undefined {
    return this.#known.get(name);
  }

  with(name: string, value: string): Facts {
    if (this.#known.get(name) === value) return this;
    return new Facts(new Map([...this.#known, [name, value]]));
  }

  without(drop: (name: string) => boolean): Facts {
    const kept = [...this.#known].filter(([name]) => !drop(name));
    return kept.length === this.#known.size ? this : new Facts(new Map(kept));
  }

  names(): Iterable<string> {
    return this.#known.keys();
  }

  get key(): string {
    this.#key ??= JSON.stringify([...this.#known].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
    return this.#key;
  }
}
