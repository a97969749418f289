import { z } from 'zod';
import type { EventName } from './contract.ts';
import type { Problem } from './errors.ts';

/**
 * How the contract crosses from a page to main. In the browser host each frame is one binary WebSocket message of
 * MessagePack (plain maps, no records); in Electron the same values cross by structured clone.
 */

/** Page to main. Name and parameters are checked by main's router. */
export const CallFrame = z.strictObject({ id: z.int().min(0), name: z.string().max(100), params: z.unknown() });
export type CallFrame = z.infer<typeof CallFrame>;

/** Main to page: the answer to the call with this id. */
export type Answer = { readonly result: unknown } | { readonly problem: Problem };
export type AnswerFrame = { readonly id: number } & Answer;
export interface EventFrame {
  readonly event: EventName;
  readonly data: unknown;
}

/** Largest frame main accepts: an edit of 10,000 commands with masks fits. */
export const MOST_FRAME_BYTES = 64 * 1024 * 1024;
