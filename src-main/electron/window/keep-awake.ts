import { powerSaveBlocker } from 'electron';

/** Keeps the machine from going to sleep during work; its screen may go dark. */
export class KeepAwake {
  #blocker: number | null = null;

  set working(working: boolean) {
    if (working === (this.#blocker !== null)) return;
    if (this.#blocker === null) this.#blocker = powerSaveBlocker.start('prevent-app-suspension');
    else {
      powerSaveBlocker.stop(this.#blocker);
      this.#blocker = null;
    }
  }
}
