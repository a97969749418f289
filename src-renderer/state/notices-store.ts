import { create } from 'zustand';
import { toProblem } from '../../src-shared/contract/errors.ts';
import type { ErrorCode } from '../../src-shared/contract/errors.ts';

export type NoticeLevel = 'info' | 'success' | 'warning' | 'error';

export interface NoticeAction {
  readonly title: string;
  run(): void;
}

export interface Notice {
  readonly id: number;
  readonly level: NoticeLevel;
  readonly message: string;
  readonly item: string | null;
  readonly code: ErrorCode | null;
  readonly action: NoticeAction | null;
  /** How often the same sentence came in a row. */
  readonly count: number;
}

interface NoticesState {
  readonly notices: readonly Notice[];
}

/** Short messages in the corner. What must stay until it is settled is a banner, derived from the stores instead. */
export const useNotices = create<NoticesState>(() => ({ notices: [] }));

const SHOWN = 4;
let lastId = 0;

type NewNotice = Pick<Notice, 'level' | 'message'> & Partial<Pick<Notice, 'item' | 'code' | 'action'>>;

/** Shows a message; the same sentence again counts up instead of piling up. */
export function notify(given: NewNotice): void {
  useNotices.setState(({ notices }) => {
    const same = notices.find((n) => n.message === given.message && n.item === (given.item ?? null));
    lastId += 1;
    const notice: Notice = {
      id: lastId,
      level: given.level,
      message: given.message,
      item: given.item ?? null,
      code: given.code ?? null,
      action: given.action ?? null,
      count: (same?.count ?? 0) + 1,
    };
    return { notices: [...notices.filter((n) => n !== same), notice].slice(-SHOWN) };
  });
}

export function dismissNotice(id: number): void {
  useNotices.setState(({ notices }) => ({ notices: notices.filter((n) => n.id !== id) }));
}

/** Shows any thrown value as a sentence. What was only overtaken by something newer is no error. */
export function notifyError(error: unknown, action: NoticeAction | null = null): void {
  const problem = toProblem(error);
  if (problem.code === 'superseded' || problem.code === 'cancelled') return;
  notify({ level: 'error', message: problem.message, item: problem.item, code: problem.code, action });
}
