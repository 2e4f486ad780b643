/** What the server would refuse if it could be told of it. `code`: with which SQLSTATE, so that it is treated alike. */
export class Unsendable extends Error {
  /** numeric_value_out_of_range, character_not_in_repertoire or untranslatable_character. */
  readonly code: '22003' | '22021' | '22P05';

  constructor(code: Unsendable['code'], message: string) {
    super(message);
    this.name = 'Unsendable';
    this.code = code;
  }
}

/** U+0000 or half of a surrogate pair, as `JSON.stringify` writes them; an escaped backslash before a `u` is none. */
const noText = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/;

/** Bytes for PostgreSQL: integers big-endian, texts in UTF-8, as many as there are. */
export class BinaryWriter {
  #all: Buffer;
  #end = 0;

  constructor(expected: number) {
    this.#all = Buffer.allocUnsafe(expected);
  }

  /** Of an array with one dimension, from 1, with room for nulls. */
  header(type: number, length: number): void {
    this.int(length === 0 ? 0 : 1);
    this.int(0);
    this.int(type);
    if (length === 0) return;
    this.int(length);
    this.int(1);
  }

  byte(value: number): void {
    this.#room(1);
    this.#all[this.#end++] = value;
  }

  int(value: number): void {
    if ((value | 0) !== value) throw new Unsendable('22003', `${value} is no integer of 32 bits`);
    this.#room(4);
    const all = this.#all;
    const end = this.#end;
    all[end] = value >>> 24;
    all[end + 1] = value >>> 16;
    all[end + 2] = value >>> 8;
    all[end + 3] = value;
    this.#end = end + 4;
  }

  long(value: number): void {
    if (!Number.isSafeInteger(value)) throw new Unsendable('22003', `${value} is no safe integer`);
    this.#room(8);
    this.#end = this.#all.writeInt32BE(Math.floor(value / 2 ** 32), this.#end);
    this.#end = this.#all.writeInt32BE(value | 0, this.#end);
  }

  /** Its length before it. */
  text(value: string): void {
    // Three bytes are the most that one unit of UTF-16 becomes.
    this.#room(4 + value.length * 3);
    const length = this.#short(value) ?? this.#all.write(value, this.#end + 4, 'utf8');
    // Half of a pair would become another character without a word.
    if (length !== value.length && !value.isWellFormed())
      throw new Unsendable('22021', 'a text holds half of a surrogate pair');
    this.int(length);
    this.#end += length;
  }

  /**
   * What holds a character that no text of PostgreSQL can hold would be stored as JSON and never read again: every
   * look at a field of it fails. `json_to_recordset` refuses it, too.
   */
  json(value: unknown): void {
    const text = JSON.stringify(value);
    if (text.includes('\\u') && noText.test(text))
      throw new Unsendable('22P05', 'JSON holds U+0000 or half of a surrogate pair');
    this.text(text);
  }

  /** Of most texts, which are ids and words, a call that leaves JavaScript costs more than the text. Null: it is none. */
  #short(value: string): number | null {
    const { length } = value;
    if (length > 48) return null;
    const all = this.#all;
    const start = this.#end + 4;
    for (let at = 0; at < length; at += 1) {
      const code = value.charCodeAt(at);
      if (code > 127) return null;
      all[start + at] = code;
    }
    return length;
  }

  /** Their length before them. */
  bytes(value: Uint8Array): void {
    this.int(value.length);
    this.#room(value.length);
    this.#all.set(value, this.#end);
    this.#end += value.length;
  }

  /** Leaves room for the length of what follows, until `close` is given what it returns. */
  open(): number {
    this.int(0);
    return this.#end;
  }

  close(start: number): void {
    this.#all.writeInt32BE(this.#end - start, start - 4);
  }

  taken(): Buffer {
    return this.#all.subarray(0, this.#end);
  }

  #room(more: number): void {
    if (this.#end + more <= this.#all.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#end + more));
    this.#all.copy(larger, 0, 0, this.#end);
    this.#all = larger;
  }
}
