export interface ExportedEntry {
  idx: number;
  /** Hex. */
  leaf: string;
  /** The exact text of the entry; null after provable truncation. */
  raw: string | null;
}
