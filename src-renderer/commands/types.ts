export type CommandGroup = 'go' | 'tools' | 'drawing' | 'objects' | 'view' | 'dataset' | 'program';

/** Something a person can do: one entry feeds the menu, the palette, the shortcuts, the tooltips and the help. */
export interface Command {
  readonly id: string;
  /** Key of its title in the language file. */
  readonly title: string;
  readonly group: CommandGroup;
  /** The first is the one on show (keys.ts). */
  readonly keys: readonly string[];
  /** Whether it means anything now; absent: always. */
  when?(): boolean;
  run(): void | Promise<void>;
  /** For keys that act while held: called when the key is let go. */
  release?(): void;
  /** Works while a text field has the focus. */
  readonly whileTyping?: true;
  /** Left out of menu and palette: it only makes sense as a key. */
  readonly keyOnly?: true;
  /** Belongs to a mode, such as a review: left out of menus while `when` does not hold. */
  readonly modeOnly?: true;
}
