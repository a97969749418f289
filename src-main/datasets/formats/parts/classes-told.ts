import { ClassName } from '../../../../src-shared/domain/schema.ts';
import type { DatasetSink, ReadClass } from '../format.ts';

/** For readers that meet classes by name as they go: tells each name once and gives its key. */
export class ClassesTold {
  readonly #sink: DatasetSink;
  readonly #keys = new Set<string>();

  constructor(sink: DatasetSink) {
    this.#sink = sink;
  }

  /** Null for anything that is not a name; numbers are names, too. @param more what else is known of a class that is new here */
  key(said: unknown, more: Pick<ReadClass, 'colour' | 'extras'> = {}): string | null {
    const name = ClassName.safeParse(typeof said === 'number' ? String(said) : said);
    if (!name.success) return null;
    if (!this.#keys.has(name.data)) {
      this.#keys.add(name.data);
      this.#sink.class({ key: name.data, name: name.data, ...more });
    }
    return name.data;
  }
}
