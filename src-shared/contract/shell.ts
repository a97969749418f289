import { z } from 'zod';
import { MaskwrightError, Problem } from './errors.ts';

/**
 * What a page can ask of a desktop shell beside the contract: what only a native window has. A browser has no shell. The names
 * begin with `shell.` and cross on the same two channels as the contract's.
 */

const text = z.string().max(500);
/** One line of a menu; what it does is a command of the page, by id. Accelerators are Electron's. */
export const MenuEntry = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('command'), id: z.string().max(100), label: text, accelerator: z.string().max(60).nullable(), enabled: z.boolean() }),
  z.strictObject({ kind: z.literal('separator') }),
  /** The system's own, such as copying in a text field. */
  z.strictObject({ kind: z.literal('role'), role: z.enum(['undo', 'redo', 'cut', 'copy', 'paste', 'delete', 'selectAll', 'togglefullscreen']) }),
]);
export type MenuEntry = z.infer<typeof MenuEntry>;
/** A menu of the bar. Systems add entries of their own to `file`, and have their own place for `help`. */
export const MenuGroup = z.strictObject({ role: z.enum(['file', 'help']).nullable(), label: text, entries: z.array(MenuEntry).max(100) });
export type MenuGroup = z.infer<typeof MenuGroup>;

const path = z.string().min(1).max(4096).refine((p) => !p.includes('\0'), 'a path holds no NUL');
const nothing = z.strictObject({});
const call = <P extends z.ZodType, R extends z.ZodType>(params: P, result: R) => ({ params, result });

/** A newer version: its release notes are text, to be shown as text, and `bytes` is what there is to download. */
export const NewVersion = z.strictObject({ version: z.string(), notes: z.string(), bytes: z.number() });
export type NewVersion = z.infer<typeof NewVersion>;
/** How far the program is with updating itself. */
export const UpdateState = z.discriminatedUnion('is', [
  /** Nothing was asked for yet in this run. */
  z.strictObject({ is: z.literal('unasked') }),
  z.strictObject({ is: z.literal('asking') }),
  /** This version is the newest. */
  z.strictObject({ is: z.literal('newest') }),
  z.strictObject({ is: z.literal('offered'), offer: NewVersion }),
  z.strictObject({ is: z.literal('downloading'), offer: NewVersion, done: z.number() }),
  /** It is installed when the program is quit. */
  z.strictObject({ is: z.literal('ready'), offer: NewVersion }),
  z.strictObject({ is: z.literal('failed'), problem: Problem }),
]);
export type UpdateState = z.infer<typeof UpdateState>;

export const shellCalls = {
  /** The window's native menu, anew. */
  'shell.menu': call(z.strictObject({ groups: z.array(MenuGroup).max(20) }), nothing),
  /** The system's dialog; no path when it was cancelled. `extensions` without their point; `at`: where it begins, for `save` with a name. */
  'shell.choose': call(
    z.strictObject({ kind: z.enum(['folder', 'file', 'save']), title: text, at: path.nullable(), filters: z.array(z.strictObject({ name: text, extensions: z.array(z.string().regex(/^[a-z0-9]{1,12}$/)).min(1).max(20) })).max(10) }),
    z.strictObject({ path: z.string().nullable() }),
  ),
  'shell.showInFolder': call(z.strictObject({ path }), nothing),
  /** Refused ('bad-request') unless it is https and of a host that the shell knows. */
  'shell.openLink': call(z.strictObject({ url: z.string().max(2000) }), nothing),
  /** Puts a text on the clipboard; nothing reads it. */
  'shell.copy': call(z.strictObject({ text: z.string().max(1_000_000) }), nothing),
  /** Whether a mask that is not accepted yet is on the canvas: the page then settles it before its window closes, and calls 'shell.close'. */
  'shell.draft': call(z.strictObject({ has: z.boolean() }), nothing),
  /** Goes on with the closing or quitting that the page's draft held up. */
  'shell.close': call(nothing, nothing),
  /** No state: this program cannot update itself. */
  'shell.update.state': call(nothing, z.strictObject({ state: UpdateState.nullable() })),
  /** Asks for a newer version. Refused ('bad-request') while the setting is off. What comes of it is told by 'shell.update'. */
  'shell.update.ask': call(nothing, nothing),
  /** Fetches what is offered; does nothing when nothing is. */
  'shell.update.download': call(nothing, nothing),
  'shell.update.cancel': call(nothing, nothing),
} as const;
export type ShellCalls = typeof shellCalls;
export type ShellCallName = keyof ShellCalls;
export type ShellParams<N extends ShellCallName> = z.output<ShellCalls[N]['params']>;
export type ShellResult<N extends ShellCallName> = z.output<ShellCalls[N]['result']>;

const shellEvents = {
  /** An entry of the menu was chosen; `byKey`: by its accelerator, which on a Mac the menu takes when the page has not. */
  'shell.command': z.strictObject({ id: z.string(), byKey: z.boolean() }),
  /** A project or folder was opened with the program, by a double click or another start of it. */
  'shell.open': z.strictObject({ path: z.string() }),
  'shell.update': z.strictObject({ state: UpdateState }),
} as const;
export type ShellEvents = typeof shellEvents;
export type ShellEventName = keyof ShellEvents;
export type ShellEventData<N extends ShellEventName> = z.output<ShellEvents[N]>;

export const isShellCall = (name: string): name is ShellCallName => Object.hasOwn(shellCalls, name);

/** Throws 'bad-request'. */
export function checkedShellParams<N extends ShellCallName>(name: N, params: unknown): ShellParams<N> {
  const checked = shellCalls[name].params.safeParse(params);
  if (!checked.success) throw new MaskwrightError('bad-request', `${name} was asked for with something it cannot use (${checked.error.issues[0]?.message ?? 'unknown'}).`);
  return checked.data as ShellParams<N>;
}
