import { useCallback, useEffect, useRef, useState } from 'react';
import type { FindingRow, RuleId } from '../../src-shared/contract/check.ts';
import { toProblem } from '../../src-shared/contract/errors.ts';
import { call } from './backend.ts';
import { useCheck } from './check-store.ts';
import { openProject } from './edits.ts';

const PAGE = 100;

interface Shown {
  /** Rule and text. */
  readonly list: string;
  /** By their place in the list. */
  readonly rows: ReadonlyMap<number, FindingRow>;
  /** How many match; null until it is known. */
  readonly matching: number | null;
  readonly error: string | null;
}

interface Findings extends Omit<Shown, 'list'> {
  /** These places are in view: to be told after each render. */
  want(first: number, last: number): void;
  retry(): void;
}

const nothing = (list: string): Shown => ({ list, rows: new Map(), matching: null, error: null });

/** The findings of a rule that match a text, fetched as they come into view, and again when they are others: until then those before are shown. */
export function useFindings(rule: RuleId, text: string): Findings {
  const version = useCheck((s) => s.version);
  const [tries, setTries] = useState(0);
  const [firstPage, setFirst] = useState(0);
  const [lastPage, setLast] = useState(0);
  const list = `${rule} ${text}`;
  const [shown, setShown] = useState(() => nothing(list));
  const asked = useRef({ of: '', pages: new Set<number>() });
  useEffect(() => {
    const of = `${version} ${tries} ${list}`;
    if (asked.current.of !== of) asked.current = { of, pages: new Set() };
    const { pages } = asked.current;
    const receive = (change: (before: Shown) => Shown): void => {
      if (asked.current.of === of) setShown((before) => change(before.list === list ? before : nothing(list)));
    };
    for (let page = firstPage; page <= lastPage; page++) {
      if (pages.has(page)) continue;
      pages.add(page);
      fetchPage(rule, text, page).then(
        (got) => receive((before) => ({ list, ...got, rows: withPage(before.rows, page, got.rows), error: null })),
        (thrown: unknown) => receive((before) => ({ ...before, error: toProblem(thrown).message })),
      );
    }
  }, [version, tries, list, rule, text, firstPage, lastPage]);
  const want = useCallback((first: number, last: number): void => {
    setFirst(Math.floor(first / PAGE));
    setLast(Math.floor(last / PAGE));
  }, []);
  const { rows, matching, error } = shown.list === list ? shown : nothing(list);
  return { rows, matching, error, want, retry: () => setTries((n) => n + 1) };
}

async function fetchPage(rule: RuleId, text: string, page: number): Promise<{ rows: FindingRow[]; matching: number }> {
  const { rows, total } = await call('check.findings', { project: openProject(), rule, text, offset: page * PAGE, limit: PAGE });
  return { rows, matching: total };
}

function withPage(before: ReadonlyMap<number, FindingRow>, page: number, got: readonly FindingRow[]): Map<number, FindingRow> {
  const rows = new Map(before);
  for (let i = 0; i < PAGE; i++) {
    const row = got[i];
    if (row === undefined) rows.delete(page * PAGE + i);
    else rows.set(page * PAGE + i, row);
  }
  return rows;
}
